//! A Postgres of a test's own: made, started, stopped, frozen, and gone with the test. No server that is already on
//! this machine is touched.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use sqlx::{AnyConnection, Connection as _, Executor as _};
use tempfile::TempDir;

/// Whom the server's certificate is for.
const HOST: &str = "localhost";

pub struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Cluster {
    /// A server that listens on loopback, for anybody.
    pub fn start() -> Self {
        let cluster = Self::make();
        cluster.up();
        cluster
    }

    /// A server that takes nobody without TLS. Its certificate is for `localhost`, signed by `authority()`.
    pub fn start_with_tls() -> Self {
        let cluster = Self::make();
        cluster.authority_named("authority");
        cluster.authority_named("stranger");
        let request = format!(
            "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN={HOST} \
                 -keyout data/server.key -out server.csr &&
             echo subjectAltName=DNS:{HOST} >server.ext &&
             openssl x509 -req -in server.csr -CA authority.crt -CAkey authority.key -CAcreateserial -days 2 \
                 -extfile server.ext -out data/server.crt &&
             chmod 600 data/server.key &&
             echo 'hostssl all all 127.0.0.1/32 trust' >data/pg_hba.conf &&
             echo \"ssl = on\" >>data/postgresql.conf"
        );
        cluster.run(&request);
        cluster.up();
        cluster
    }

    fn make() -> Self {
        let folder = TempDir::new().unwrap();
        // The server refuses to run as root; Debian's package brings a user for it.
        if is_root() {
            let mut owner = Command::new("chown");
            let given = owner.arg("postgres:").arg(folder.path()).status().unwrap();
            assert!(given.success(), "there is no user postgres");
        }
        // A port that was free a moment ago.
        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = port.local_addr().unwrap().port();
        let cluster = Self {
            folder,
            programs: programs(),
            port,
        };
        // Tests ask for what is committed, not for what survives a power cut.
        cluster.run(
            "initdb --auth=trust --username=balefire --encoding=UTF8 --locale=C --no-sync data &&
             echo \"fsync = off\" >>data/postgresql.conf",
        );
        cluster
    }

    fn authority_named(&self, name: &str) {
        self.run(&format!(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN={name} \
                 -keyout {name}.key -out {name}.crt"
        ));
    }

    pub fn up(&self) {
        self.run(&format!(
            "pg_ctl --wait --log=server.log --pgdata=data \
                 --options=\"-k '' -c listen_addresses=127.0.0.1 -p {}\" start",
            self.port
        ));
    }

    /// Stops it as a crash would: whoever is connected is cut off.
    pub fn down(&self) {
        self.run("pg_ctl --wait --mode=immediate --pgdata=data stop");
    }

    /// From now on it says nothing more, to nobody, but hangs up on nobody either.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        // Who serves a connection may end it just then.
        self.run(&format!(
            "server=$(head -n 1 data/postmaster.pid) && kill -{name} $server && {{ kill -{name} $(pgrep -P $server) || true; }}"
        ));
    }

    /// For `DATABASE_URL`, at this host, with these parameters behind it.
    pub fn url_at(&self, host: &str, parameters: &str) -> String {
        format!(
            "postgres://balefire@{host}:{}/postgres{parameters}",
            self.port
        )
    }

    pub fn url(&self) -> String {
        self.url_at(HOST, "")
    }

    /// What a hand with a SQL prompt does.
    pub async fn execute(&self, sql: &'static str) {
        sqlx::any::install_default_drivers();
        let mut connection = AnyConnection::connect(&self.url()).await.unwrap();
        connection.execute(sqlx::raw_sql(sql)).await.unwrap();
        connection.close().await.unwrap();
    }

    /// The certificate of who signed the server's, and of who did not.
    pub fn authority(&self) -> String {
        self.path("authority.crt")
    }

    pub fn stranger(&self) -> String {
        self.path("stranger.crt")
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Runs a line of shell in the cluster's folder, as the server's own user.
    fn run(&self, line: &str) {
        let path = format!(
            "{}:{}",
            self.programs.display(),
            std::env::var("PATH").unwrap_or_default()
        );
        let mut command = match is_root() {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--", "env"]);
                command
            }
            false => Command::new("env"),
        };
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("commands.log"))
            .unwrap();
        // The server keeps its output open: a pipe would never end.
        command
            .arg(format!("PATH={path}"))
            .args(["sh", "-c", line])
            .current_dir(self.folder.path())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        let status = command.status().unwrap();
        assert!(
            status.success(),
            "{line}\n{}{}",
            std::fs::read_to_string(self.folder.path().join("commands.log")).unwrap_or_default(),
            std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default()
        );
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It may be down already. A frozen one must wake up to die.
        if self.folder.path().join("data/postmaster.pid").exists() {
            self.thaw();
            self.down();
        }
    }
}

fn is_root() -> bool {
    let user = Command::new("id").arg("-u").output().unwrap();
    user.stdout.trim_ascii() == b"0"
}

/// Where the server's programs are: Debian keeps them off the `PATH`.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql");
    let debian = versions.into_iter().flatten().flatten();
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = debian.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders
        .into_iter()
        .rev()
        .chain(std::env::split_paths(&on_path))
        .find(|folder: &PathBuf| Path::new(folder).join("initdb").is_file())
        .expect("no Postgres server is installed here: run ./check.sh, which sees to it, or install Debian's postgresql")
}
