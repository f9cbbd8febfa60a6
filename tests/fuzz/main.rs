//! Whatever arrives, the bot makes sense of it or says that it cannot: it never panics, hangs or believes half of it.
//!
//! Each target replays its corpus, then judges mutants of it: few in an ordinary test run, as many as
//! `BOLERO_RANDOM_ITERATIONS` says on request. How that is done, and what it found, is in docs/fuzzing.md.
mod command;
mod config;
mod inbound;
mod markup;
mod mutants;
mod rows;
mod tally;

/// Makes a test of a target: its corpus must not be refused, and no mutant may make `judge` panic.
macro_rules! target {
    ($name:literal, $words:expr, runs: $runs:literal, $judge:path) => {
        #[test]
        fn fuzz() {
            let tally = $crate::tally::Tally::new($name);
            for (name, seed) in $crate::mutants::seeds($name) {
                let verdict = std::panic::catch_unwind(|| $judge(&seed));
                tally.count(verdict.unwrap_or_else(|_| panic!("the seed {name} fails")));
            }
            bolero::check!()
                .with_generator($crate::mutants::Mutants::of($name, $words))
                .with_iterations($runs)
                .for_each(|mutant: &$crate::mutants::Mutant| {
                    tally.count($judge(&mutant.0));
                });
            tally.finish();
        }
    };
}
pub(crate) use target;

/// Texts that send a careless reader back to the beginning at every character. They are many times
/// longer than anything Slack delivers: this asks whether a reader ends at all, not how quick it is.
#[test]
fn long_texts_end() {
    const LENGTH: usize = 1 << 17;
    const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
    let (done, ended) = std::sync::mpsc::channel();
    let shapes = [
        "<",
        "<@",
        "<!",
        "&",
        "&amp",
        "a ",
        "\"",
        "service:\"",
        "service:a ",
        "<@U1> ",
        "next ",
        "due ",
        "fail",
        "not down ",
        "\u{200B}",
        "👩\u{200D}",
        "e\u{301}",
        "截止",
        "*_~`",
        "@here",
        "\n> ",
        "[",
        "{\"a\":",
        "=",
        "%",
        "&a=b",
    ];
    std::thread::spawn(move || {
        let rules = balefire::domain::rules::Rules::default();
        for shape in shapes {
            let text = shape.repeat(LENGTH / shape.len());
            for words in [
                text.clone(),
                format!("declare {text}"),
                format!("action {text}"),
                format!("update {text}>"),
            ] {
                command::judge(&words);
            }
            let plain = balefire::slack::mrkdwn::plain(&text);
            balefire::slack::render::block::written(&plain, 2_900);
            balefire::slack::render::block::named(&plain);
            balefire::domain::report::guess_title(&plain);
            balefire::domain::report::guess_severity(&plain, &rules);
            for body in [
                text.clone(),
                format!("{{{text}"),
                format!("payload={text}"),
                format!("command=%2Fi&text={text}"),
            ] {
                balefire::slack::inbound::read(body.as_bytes());
            }
            done.send(shape).expect("somebody waits");
        }
    });
    for shape in shapes {
        assert_eq!(
            ended.recv_timeout(PATIENCE),
            Ok(shape),
            "{shape:?} does not end"
        );
    }
}
