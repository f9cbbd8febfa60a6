//! A database of a history's own: a file in memory, or one on the Postgres server that the tests are given.

use std::path::PathBuf;
use std::sync::OnceLock;

use balefire::store::Store;
use sqlx::{AnyConnection, Connection as _, Executor as _, Row as _};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// One history's database.
pub struct Database {
    pub url: String,
    folder: Option<TempDir>,
    /// The server's address, and the database's name there.
    on_server: Option<(String, String)>,
}

impl Database {
    /// A file in memory, with the tables made already.
    pub fn file() -> Self {
        static EMPTY: OnceLock<Vec<u8>> = OnceLock::new();
        let folder = folder();
        let path = folder.path().join("balefire.db");
        let empty = EMPTY.get_or_init(|| {
            let made = folder.path().join("made.db");
            let url = format!("sqlite://{}", made.display());
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                runtime.block_on(async { Store::open(&url).await.unwrap().close().await });
            })
            .join()
            .unwrap();
            std::fs::read(made).unwrap()
        });
        std::fs::write(&path, empty).unwrap();
        Self {
            url: format!("sqlite://{}", path.display()),
            folder: Some(folder),
            on_server: None,
        }
    }
}

impl Database {
    /// A database on the server that `check.sh` starts, with the tables made already.
    pub async fn postgres() -> Self {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let server = std::env::var("BALEFIRE_TEST_POSTGRES_URL")
            .expect("BALEFIRE_TEST_POSTGRES_URL names a Postgres server; ./check.sh starts one");
        let template = TEMPLATE
            .get_or_init(|| async {
                let name = unique();
                create(&server, &format!("CREATE DATABASE {name}")).await;
                let store = Store::open(&at(&server, &name)).await.unwrap();
                store.close().await;
                name
            })
            .await;
        let name = unique();
        create(
            &server,
            &format!("CREATE DATABASE {name} TEMPLATE {template}"),
        )
        .await;
        Self {
            url: at(&server, &name),
            folder: None,
            on_server: Some((server, name)),
        }
    }

    /// A server keeps what nobody drops.
    pub async fn drop_it(&self) {
        if let Some((server, name)) = &self.on_server {
            create(server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }

    /// Puts a bug in.
    pub async fn put_in(&self, trigger: &'static str) {
        sqlx::any::install_default_drivers();
        let mut connection = AnyConnection::connect(&self.url).await.unwrap();
        let trigger = sqlx::AssertSqlSafe(format!("CREATE TRIGGER bug {trigger}"));
        connection.execute(trigger).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Somebody who looks into it from outside.
    pub async fn eye(&self) -> Eye {
        match &self.folder {
            Some(folder) => {
                let file = rusqlite::Connection::open(folder.path().join("balefire.db")).unwrap();
                Eye::File(file)
            }
            None => {
                sqlx::any::install_default_drivers();
                Eye::Server(AnyConnection::connect(&self.url).await.unwrap())
            }
        }
    }

    /// Everything that is in the file by now.
    pub fn copy(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let folder = self.folder.as_ref().unwrap().path();
        let files = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path());
        let kept = files.filter(|path| {
            ["balefire.db", "balefire.db-wal"]
                .iter()
                .any(|name| path.ends_with(name))
        });
        kept.map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect()
    }

    /// Puts the file back to what it was.
    pub fn put_back(&self, copy: &[(PathBuf, Vec<u8>)]) {
        let folder = self.folder.as_ref().unwrap().path();
        for name in ["balefire.db", "balefire.db-wal", "balefire.db-shm"] {
            let _ = std::fs::remove_file(folder.join(name));
        }
        for (path, bytes) in copy {
            std::fs::write(path, bytes).unwrap();
        }
    }
}

/// Sees in one statement what the pumps are to do next; the bot's own questions are many, and it asks them only when a
/// pump has nothing to do. In production each pump looks every second by itself, so it misses nothing that is seen here.
pub enum Eye {
    /// On this thread, for it looks often.
    File(rusqlite::Connection),
    Server(AnyConnection),
}

const DUE: &str =
    "SELECT (SELECT MIN(next_wake_at) FROM incidents WHERE next_wake_at IS NOT NULL) AS wake,
            (SELECT MIN(next_at) FROM lanes) AS send";

impl Eye {
    /// When the next wake-up is due, and when the next lane is, in unix milliseconds.
    pub async fn due(&mut self) -> (Option<i64>, Option<i64>) {
        match self {
            Eye::File(file) => {
                let mut due = file.prepare_cached(DUE).unwrap();
                due.query_row((), |row| Ok((row.get("wake")?, row.get("send")?)))
                    .unwrap()
            }
            Eye::Server(server) => {
                let row = sqlx::query(DUE).fetch_one(server).await.unwrap();
                (row.get("wake"), row.get("send"))
            }
        }
    }
}

/// In memory where the system has such a place: what is shown here is not that a disk keeps what it is given.
fn folder() -> TempDir {
    let memory = PathBuf::from("/dev/shm");
    match memory.is_dir() {
        true => TempDir::new_in(memory).or_else(|_| TempDir::new()).unwrap(),
        false => TempDir::new().unwrap(),
    }
}

fn unique() -> String {
    format!("balefire_{}", uuid::Uuid::now_v7().simple())
}

fn at(server: &str, name: &str) -> String {
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(name);
    url.into()
}

async fn create(server: &str, statement: &str) {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(server).await.unwrap();
    let statement = sqlx::AssertSqlSafe(statement.to_owned());
    connection.execute(statement).await.unwrap();
    connection.close().await.unwrap();
}
