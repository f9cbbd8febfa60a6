//! What lies in deploy/ agrees with the code: variables, arguments, ports, paths, grace periods, and what the image is
//! built from. No container engine and no cluster is asked. Linters have their say in [`linters`]; deploy/README.md says
//! what else has looked at the files.

mod linters;
#[path = "../venv/mod.rs"]
mod venv;

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const PORT: &str = "3000";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn yaml(path: &str) -> Value {
    let read = || -> Result<Value, Box<dyn Error>> {
        let mut value: yaml_serde::Value = yaml_serde::from_str(&read(path))?;
        value.apply_merge()?;
        Ok(serde_json::to_value(value)?)
    };
    read().unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What this part of the house is made of; dashboards and alerts have tests of their own.
fn files() -> Vec<(PathBuf, String)> {
    let mut files = vec![(PathBuf::from("README.md"), read("deploy/README.md"))];
    for folder in ["docker", "kubernetes", "systemd"] {
        for entry in fs::read_dir(root().join("deploy").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            // Somebody's secrets may lie there.
            if path.is_file() {
                files.push((path.clone(), fs::read_to_string(path).unwrap()));
            }
        }
    }
    files
}

/// The texts of all values under this key, wherever it stands.
fn under<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if name == key {
                    found.push(value);
                }
                under(value, key, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| under(item, key, found)),
        _ => {}
    }
}

fn all<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    let mut found = vec![];
    under(value, key, &mut found);
    found
}

/// Words of capitals, digits and underscores.
fn capitals(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
        .filter(|word| word.contains('_'))
}

#[test]
fn every_variable_is_one_that_the_program_reads() {
    let source = read("src/config/environment.rs");
    let known: BTreeSet<&str> = source
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|literal| capitals(literal).any(|word| word == *literal))
        .collect();
    assert!(known.contains("SLACK_BOT_TOKEN"), "{known:?}");
    let mut seen = BTreeSet::new();
    for (path, text) in files() {
        let ours = ["SLACK_", "BALEFIRE_", "DATABASE_", "RUST_"];
        for word in capitals(&text).filter(|word| ours.iter().any(|ours| word.starts_with(ours))) {
            let name = word.strip_suffix("_FILE").unwrap_or(word);
            assert!(
                known.contains(name),
                "{}: {word} is read by nobody",
                path.display()
            );
            seen.insert(name.to_owned());
        }
    }
    for needed in ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "DATABASE_URL"] {
        assert!(seen.contains(needed), "{needed} is handed over nowhere");
    }
}

#[test]
fn every_argument_is_one_that_the_program_takes() {
    let unit = read("deploy/systemd/balefire.service");
    let started = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="));
    let started = started.expect("the unit starts something");
    let mut lines = vec![
        started
            .split_whitespace()
            .skip(1)
            .map(str::to_owned)
            .collect(),
    ];
    let (compose, deployment) = (
        yaml("deploy/docker/compose.yaml"),
        yaml("deploy/kubernetes/deployment.yaml"),
    );
    for list in [all(&compose, "command"), all(&deployment, "args")].concat() {
        let words = list.as_array().expect("a list of words").iter();
        lines.push(
            words
                .map(|word| word.as_str().unwrap().to_owned())
                .collect(),
        );
    }
    assert!(lines.len() >= 3, "{lines:?}");
    for words in lines {
        let words: Vec<String> = words;
        let (subcommand, rest) = words.split_first().expect("a subcommand");
        let help = Command::new(env!("CARGO_BIN_EXE_balefire"))
            .args([subcommand, "--help"])
            .output()
            .unwrap();
        assert!(help.status.success(), "there is no {subcommand}");
        let help = String::from_utf8(help.stdout).unwrap();
        for flag in rest.iter().filter(|word| word.starts_with("--")) {
            assert!(
                help.contains(&format!("{flag} ")),
                "{subcommand} takes no {flag}"
            );
        }
    }
}

#[test]
fn ports_and_paths_agree() {
    let dockerfile = read("deploy/docker/Dockerfile");
    assert!(dockerfile.contains(&format!("EXPOSE {PORT}\n")));
    assert!(dockerfile.contains(&format!("BALEFIRE_LISTEN=0.0.0.0:{PORT}\n")));
    let unit = read("deploy/systemd/balefire.service");
    assert!(unit.contains(&format!("BALEFIRE_LISTEN=127.0.0.1:{PORT}\n")));
    assert!(unit.contains(&format!("SocketBindAllow=tcp:{PORT}\n")));
    let compose = yaml("deploy/docker/compose.yaml");
    for environment in all(&compose, "BALEFIRE_LISTEN") {
        assert_eq!(environment, &format!("0.0.0.0:{PORT}"));
    }
    let caddy = read("deploy/docker/Caddyfile");
    let readme = read("deploy/README.md");
    for (name, service) in compose["services"].as_object().unwrap() {
        if name.starts_with("balefire") {
            assert!(caddy.contains(&format!("{name}:{PORT}")), "{name}");
            let published = service["ports"][0].as_str().unwrap();
            let asked = published.strip_suffix(&format!(":{PORT}")).unwrap();
            assert!(readme.contains(&format!("http://{asked}/readyz")), "{name}");
        }
    }
    let deployment = yaml("deploy/kubernetes/deployment.yaml");
    assert_eq!(all(&deployment, "containerPort"), [&Value::from(3000)]);
    let service = yaml("deploy/kubernetes/service.yaml");
    assert_eq!(all(&service, "targetPort"), ["http"]);
    let routes = read("src/http/mod.rs");
    let probes = all(&deployment, "httpGet");
    assert_eq!(probes.len(), 3);
    let asked = probes.iter().map(|probe| probe["path"].as_str().unwrap());
    let by_caddy = caddy
        .lines()
        .filter_map(|line| line.trim().strip_prefix("health_uri "));
    for path in asked.chain(by_caddy) {
        assert!(
            routes.contains(&format!("\"{path}\"")),
            "there is no {path}"
        );
    }
}

#[test]
fn what_is_in_flight_has_time_to_end() {
    let run = read("src/run.rs");
    let seconds = |name: &str| -> i64 {
        let line = run
            .lines()
            .find(|line| line.contains(&format!("const {name}: Duration")));
        let line = line.unwrap_or_else(|| panic!("src/run.rs has no {name}"));
        let (_, rest) = line.split_once("from_secs(").expect("it is in seconds");
        rest.trim_end_matches(");").parse().unwrap()
    };
    let needed = seconds("FAREWELL") + seconds("LAST_ANSWERS");
    let compose = yaml("deploy/docker/compose.yaml");
    let graces = ["balefire-a", "balefire-b"].map(|name| {
        let grace = compose["services"][name]["stop_grace_period"].as_str();
        grace.unwrap().trim_end_matches('s').parse::<i64>().unwrap()
    });
    let unit = read("deploy/systemd/balefire.service");
    let unit = unit
        .lines()
        .find_map(|line| line.strip_prefix("TimeoutStopSec="));
    let deployment = yaml("deploy/kubernetes/deployment.yaml");
    let grace = all(&deployment, "terminationGracePeriodSeconds")[0]
        .as_i64()
        .unwrap();
    let before = all(&deployment, "preStop")[0]["sleep"]["seconds"]
        .as_i64()
        .unwrap();
    let graces = [
        graces[0],
        graces[1],
        unit.unwrap().parse().unwrap(),
        grace - before,
    ];
    for grace in graces {
        assert!(grace > needed, "{graces:?}: it takes up to {needed} s");
    }
}

#[test]
fn the_image_is_built_from_what_the_build_reads() {
    let ignored = read(".dockerignore");
    let mut lines = ignored.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(lines.next(), Some("*"), "what is not named stays out");
    let kept: BTreeSet<&str> = lines.map(|line| line.strip_prefix('!').unwrap()).collect();
    let mut wanted: BTreeSet<String> = [
        ".cargo",
        "Cargo.toml",
        "Cargo.lock",
        "build.rs",
        "src",
        "migrations",
    ]
    .map(str::to_owned)
    .into();
    let mut open = vec![root().join("src")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            for part in text.split("include_str!(\"").skip(1) {
                let name = part.split('"').next().unwrap();
                let named = path.parent().unwrap().join(name);
                let named = named.canonicalize().unwrap_or_else(|_| panic!("{named:?}"));
                let inside = named.strip_prefix(root().canonicalize().unwrap()).unwrap();
                let top = inside.components().next().unwrap();
                wanted.insert(top.as_os_str().to_string_lossy().into_owned());
            }
        }
    }
    // Cargo refuses a manifest whose benches are not there.
    if read("Cargo.toml").contains("[[bench]]") {
        wanted.insert("benches".to_owned());
    }
    assert!(wanted.contains("locales"), "{wanted:?}");
    let wanted: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
    assert_eq!(kept, wanted);
}

#[test]
fn versions_are_named() {
    let manifest = read("Cargo.toml");
    let value = |key: &str| {
        let line = manifest
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{key} = \"")));
        line.unwrap().trim_end_matches('"').to_owned()
    };
    let minor = |version: &str| -> u32 { version.split('.').nth(1).unwrap().parse().unwrap() };
    let dockerfile = read("deploy/docker/Dockerfile");
    let rust = dockerfile.split("FROM rust:").nth(1).unwrap();
    let rust = rust.split('-').next().unwrap();
    assert!(minor(rust) >= minor(&value("rust-version")), "{rust}");
    let ours = value("version");
    let compose = yaml("deploy/docker/compose.yaml");
    let images = all(&compose, "image");
    assert!(
        images
            .iter()
            .any(|image| **image == format!("balefire:{ours}"))
    );
    for image in images {
        let tag = image.as_str().unwrap().rsplit_once(':').map(|(_, tag)| tag);
        assert!(tag.is_some_and(|tag| tag != "latest"), "{image}");
    }
    let kustomization = yaml("deploy/kubernetes/kustomization.yaml");
    assert_eq!(kustomization["images"][0]["newTag"], ours);
}

#[test]
fn the_rules_that_are_mounted_can_be_read() {
    for path in [
        "deploy/docker/balefire.toml",
        "deploy/kubernetes/balefire.toml",
    ] {
        let settings = balefire::config::load_settings(Some(&root().join(path)));
        assert!(settings.is_ok(), "{settings:?}");
    }
    let kustomization = yaml("deploy/kubernetes/kustomization.yaml");
    let resources = kustomization["resources"].as_array().unwrap();
    for name in resources {
        yaml(&format!("deploy/kubernetes/{}", name.as_str().unwrap()));
    }
    yaml("deploy/kubernetes/namespace.yaml");
    yaml("deploy/kubernetes/secret.example.yaml");
}

/// The names in a list, or in a list of tables under this key.
fn names<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    let items = list.as_array().into_iter().flatten();
    items
        .map(|item| item.as_str().or(item[key].as_str()).expect("a name"))
        .collect()
}
/// The names under which a section of the Compose file declares something.
fn declared_in(section: &Value) -> BTreeSet<&str> {
    let section = section.as_object().unwrap();
    section.keys().map(String::as_str).collect()
}

#[test]
fn compose_uses_what_it_declares_and_no_other() {
    let compose = yaml("deploy/docker/compose.yaml");
    let services = compose["services"].as_object().unwrap();
    for (kind, key) in [
        ("secrets", "source"),
        ("configs", "source"),
        ("networks", ""),
    ] {
        let declared = declared_in(&compose[kind]);
        let used: BTreeSet<&str> = services
            .values()
            .flat_map(|service| names(&service[kind], key))
            .collect();
        assert_eq!(declared, used, "{kind}");
    }
    let declared = declared_in(&compose["volumes"]);
    let used: BTreeSet<&str> = services
        .values()
        .flat_map(|service| names(&service["volumes"], ""))
        .map(|volume| volume.split(':').next().unwrap())
        .collect();
    assert_eq!(declared, used);
    for service in services.values() {
        for needed in service["depends_on"]
            .as_object()
            .into_iter()
            .flat_map(|needed| needed.keys())
        {
            assert!(services.contains_key(needed), "{needed}");
            assert!(
                services[needed]["healthcheck"].is_object(),
                "{needed} must be healthy"
            );
        }
    }
    for config in compose["configs"].as_object().unwrap().values() {
        read(&format!(
            "deploy/docker/{}",
            config["file"].as_str().unwrap()
        ));
    }
    // What the variables name is where Compose puts the secrets.
    let readme = read("deploy/README.md");
    for (name, secret) in compose["secrets"].as_object().unwrap() {
        assert_eq!(secret["file"], format!("./secrets/{name}"));
        assert!(
            readme.contains(&format!("secrets/{name}")),
            "nobody makes {name}"
        );
    }
    for (path, _) in compose["services"]["balefire-a"]["environment"]
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(name, value)| {
            name.ends_with("_FILE")
                .then_some((value.as_str().unwrap(), name))
        })
    {
        let name = path.strip_prefix("/run/secrets/").unwrap();
        assert!(
            names(&compose["services"]["balefire-a"]["secrets"], "").contains(&name),
            "{path}"
        );
    }
}

#[test]
fn kubernetes_refers_to_what_is_there() {
    let here = |name: &str| yaml(&format!("deploy/kubernetes/{name}.yaml"));
    let kustomization = here("kustomization");
    let mut listed: BTreeSet<String> = names(&kustomization["resources"], "")
        .into_iter()
        .map(str::to_owned)
        .collect();
    // These are applied by hand, or not at all.
    listed.extend(
        [
            "kustomization.yaml",
            "namespace.yaml",
            "secret.example.yaml",
        ]
        .map(str::to_owned),
    );
    let files: BTreeSet<String> = fs::read_dir(root().join("deploy/kubernetes"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    assert_eq!(files, listed);

    let (deployment, service, secret) =
        (here("deployment"), here("service"), here("secret.example"));
    let pod = &deployment["spec"]["template"];
    let labels = &pod["metadata"]["labels"];
    let (network, disruption, ingress) = (here("network"), here("disruption"), here("ingress"));
    for selector in [
        &deployment["spec"]["selector"]["matchLabels"],
        &service["spec"]["selector"],
        &disruption["spec"]["selector"]["matchLabels"],
        &network["spec"]["podSelector"]["matchLabels"],
        &pod["spec"]["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"],
    ] {
        assert_eq!(selector, labels);
    }
    let replicas = deployment["spec"]["replicas"].as_u64().unwrap();
    assert!(
        disruption["spec"]["minAvailable"].as_u64().unwrap() < replicas,
        "no node could be drained"
    );
    let backend = all(&ingress, "backend")[0]["service"].clone();
    assert_eq!(backend["name"], service["metadata"]["name"]);
    assert_eq!(backend["port"]["name"], service["spec"]["ports"][0]["name"]);
    let namespace = &here("namespace")["metadata"]["name"];
    assert_eq!(&kustomization["namespace"], namespace);
    assert_eq!(&secret["metadata"]["namespace"], namespace);

    let container = &pod["spec"]["containers"][0];
    assert_eq!(container["image"], kustomization["images"][0]["name"]);
    let mounted = |volume: &str| -> &str {
        let mounts = container["volumeMounts"].as_array().unwrap();
        let mount = mounts.iter().find(|mount| mount["name"] == volume).unwrap();
        mount["mountPath"].as_str().unwrap()
    };
    let volumes = pod["spec"]["volumes"].as_array().unwrap();
    let rules = &kustomization["configMapGenerator"][0];
    assert_eq!(volumes[0]["configMap"]["name"], rules["name"]);
    let config = format!("{}/{}", mounted("rules"), names(&rules["files"], "")[0]);
    assert_eq!(
        container["args"].as_array().unwrap().last().unwrap(),
        &config
    );
    assert_eq!(
        volumes[1]["secret"]["secretName"],
        secret["metadata"]["name"]
    );
    for variable in container["env"].as_array().unwrap() {
        let (name, value) = (
            variable["name"].as_str().unwrap(),
            variable["value"].as_str().unwrap(),
        );
        if name.ends_with("_FILE") {
            let key = value
                .strip_prefix(&format!("{}/", mounted("secrets")))
                .unwrap();
            assert!(secret["stringData"][key].is_string(), "{value}");
        }
    }
}

#[test]
fn the_image_holds_what_is_started_and_nothing_else() {
    let dockerfile = read("deploy/docker/Dockerfile");
    let (_, last) = dockerfile.rsplit_once("\nFROM ").unwrap();
    assert!(last.starts_with("scratch\n"));
    let lines = |start: &str| -> Vec<&str> {
        last.lines()
            .filter_map(|line| line.strip_prefix(start))
            .collect()
    };
    assert_eq!(lines("COPY "), ["--from=build /image/ /"]);
    assert!(dockerfile.contains(" AS build\n"));
    let entry: Vec<String> = serde_json::from_str(lines("ENTRYPOINT ")[0]).unwrap();
    assert!(
        dockerfile.contains(&format!(" /image{} ", entry[0])),
        "{entry:?} is not installed"
    );
    // The same user everywhere, by number, because the image knows no names.
    let user = lines("USER ")[0].split(':').next().unwrap();
    assert!(user.parse::<u32>().is_ok_and(|user| user > 0));
    assert!(dockerfile.contains(&format!("install -d -o {user} -g {user} ")));
    let deployment = yaml("deploy/kubernetes/deployment.yaml");
    for key in ["runAsUser", "runAsGroup", "fsGroup"] {
        assert_eq!(all(&deployment, key)[0].to_string(), user);
    }
    assert!(read("deploy/README.md").contains(&format!("chown {user} ")));
    assert_eq!(lines("WORKDIR "), lines("VOLUME "));
    assert!(dockerfile.contains(&format!(" /image{}\n", lines("WORKDIR ")[0])));
}

#[test]
fn the_unit_hands_over_what_it_loads() {
    let unit = read("deploy/systemd/balefire.service");
    let values = |key: &str| -> Vec<&str> {
        let key = format!("{key}=");
        unit.lines()
            .filter_map(|line| line.strip_prefix(key.as_str()))
            .collect()
    };
    let loaded: BTreeSet<&str> = values("LoadCredential")
        .iter()
        .map(|value| value.split(':').next().unwrap())
        .collect();
    let read_by_it: BTreeSet<&str> = values("Environment")
        .iter()
        .filter_map(|value| value.split_once("=%d/"))
        .map(|(_, name)| name)
        .collect();
    assert_eq!(loaded, read_by_it);
    let readme = read("deploy/README.md");
    for value in values("LoadCredential") {
        let (_, path) = value.split_once(':').unwrap();
        assert!(readme.contains(&format!(" {path} ")), "nobody makes {path}");
    }
    let state = format!("/var/lib/{}", values("StateDirectory")[0]);
    assert_eq!(values("WorkingDirectory"), [state.as_str()]);
    assert!(unit.contains(&format!("DATABASE_URL=sqlite://{state}/")));
    let program = values("ExecStart")[0].split(' ').next().unwrap();
    assert!(readme.contains(&format!("target/release/balefire {program}\n")));
}

/// A program whose database is away ends at once; five such ends would be the last for systemd.
#[test]
fn systemd_never_gives_up() {
    let unit = read("deploy/systemd/balefire.service");
    for line in ["StartLimitIntervalSec=0", "Restart=always"] {
        assert!(unit.lines().any(|found| found == line), "{line}");
    }
}

/// Twice, because the second time finds what the first has left.
#[test]
fn a_backup_takes_the_place_of_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let [lib, backups] = ["lib", "backups"].map(|name| {
        let path = folder.path().join(name);
        fs::create_dir(&path).unwrap();
        path
    });
    let readme = read("deploy/README.md");
    let (_, script) = readme
        .split_once("sudo systemctl stop balefire\nsudo ")
        .unwrap();
    let (script, _) = script.split_once("\nsudo systemctl start").unwrap();
    let script = script
        .replace("/var/lib/balefire", lib.to_str().unwrap())
        .replace("/var/backups", backups.to_str().unwrap());
    fs::write(backups.join("balefire.db"), "backup").unwrap();
    for round in 1..=2 {
        fs::write(lib.join("balefire.db"), "broken").unwrap();
        fs::write(lib.join("balefire.db-wal"), "its newest part").unwrap();
        // The folder of the first round has this second's name.
        let script = script.replace("replaced-", &format!("replaced-{round}-"));
        let done = Command::new("sh").args(["-ec", &script]).output().unwrap();
        assert!(done.status.success(), "{done:?}");
        assert_eq!(fs::read(lib.join("balefire.db")).unwrap(), b"backup");
        assert!(!lib.join("balefire.db-wal").exists());
    }
    let kept = fs::read_dir(&lib)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let kept: Vec<PathBuf> = kept.filter(|path| path.is_dir()).collect();
    assert_eq!(kept.len(), 2);
    for folder in kept {
        assert_eq!(fs::read(folder.join("balefire.db")).unwrap(), b"broken");
        assert!(folder.join("balefire.db-wal").exists());
    }
}

#[test]
fn what_is_to_be_typed_is_shell() {
    let readme = read("deploy/README.md");
    let blocks: Vec<&str> = readme
        .split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(blocks.len() > 5, "{}", blocks.len());
    for block in blocks {
        let read = Command::new("sh")
            .args(["-n", "-c", block])
            .output()
            .unwrap();
        assert!(
            read.status.success(),
            "{block}\n{}",
            String::from_utf8_lossy(&read.stderr)
        );
    }
}
