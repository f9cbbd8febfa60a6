//! A new migration must make the program be built anew; `sqlx::migrate!` alone does not notice one.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
