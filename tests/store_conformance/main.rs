//! What every statement answers, on every engine: the cases do not know which one they run on.

mod audit;
mod inbox;
mod incidents;
mod opening;
mod outbox;
mod refusals;
mod samples;

use balefire::store::Store;
use sqlx::{AnyConnection, Connection as _, Executor as _};
use tempfile::TempDir;

/// A database of a test's own.
pub struct Database {
    url: String,
    _folder: Option<TempDir>,
}

impl Database {
    /// A SQLite file, gone with the test.
    pub fn file() -> Self {
        let folder = TempDir::new().unwrap();
        Self {
            url: format!("sqlite://{}", folder.path().join("balefire.db").display()),
            _folder: Some(folder),
        }
    }

    /// A SQLite database in memory: another one with each opening.
    pub fn memory() -> Self {
        Self {
            url: "sqlite::memory:".into(),
            _folder: None,
        }
    }

    /// An empty database on the server that `check.sh` starts.
    pub async fn postgres() -> Self {
        let server = std::env::var("BALEFIRE_TEST_POSTGRES_URL")
            .expect("BALEFIRE_TEST_POSTGRES_URL names a Postgres server; ./check.sh starts one");
        let name = format!("balefire_{}", uuid::Uuid::now_v7().simple());
        sqlx::any::install_default_drivers();
        let mut connection = AnyConnection::connect(&server).await.unwrap();
        let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        connection.execute(create).await.unwrap();
        let mut url = url::Url::parse(&server).unwrap();
        url.set_path(&name);
        Self {
            url: url.into(),
            _folder: None,
        }
    }

    /// An empty one on the same engine.
    pub async fn another(&self) -> Self {
        match self.url.starts_with("postgres") {
            true => Self::postgres().await,
            false => Self::file(),
        }
    }

    pub async fn open(&self) -> Store {
        Store::open(&self.url).await.unwrap()
    }

    /// A connection around the store, for what a hand with a SQL prompt could do.
    pub async fn raw(&self) -> AnyConnection {
        sqlx::any::install_default_drivers();
        AnyConnection::connect(&self.url).await.unwrap()
    }
}

/// Makes tests of cases that take a fresh, open store.
macro_rules! on_each_engine {
    ($($case:ident)+) => {
        mod on_a_file {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let database = crate::Database::file();
                super::$case(database.open().await).await;
            })+
        }
        mod in_memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(crate::Database::memory().open().await).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(crate::Database::postgres().await.open().await).await;
            })+
        }
    };
}
pub(crate) use on_each_engine;

/// Makes tests of cases that take a database of their own, because a hand with a SQL prompt is in them.
macro_rules! on_each_engine_by_hand {
    ($($case:ident)+) => {
        mod on_a_file {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(crate::Database::file()).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(crate::Database::postgres().await).await;
            })+
        }
    };
}
pub(crate) use on_each_engine_by_hand;
