use super::*;

fn schedule(timezone: Tz, handover: &str, start: &str, members: &[&str]) -> Schedule {
    let members = members.iter().map(|member| UserId::new(*member)).collect();
    Schedule::new(
        "primary",
        timezone,
        handover,
        start.parse().unwrap(),
        members,
    )
    .unwrap()
}

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

/// Each line: an instant and who is on call then.
fn check(schedule: &Schedule, table: &[(&str, &str)]) {
    for (instant, expected) in table {
        let zone = schedule.timezone();
        assert_eq!(
            schedule.on_call(at(instant)).as_str(),
            *expected,
            "{instant} in {zone}"
        );
    }
}

/// The handovers after `from`, as they follow one another.
fn handovers(schedule: &Schedule, from: &str, count: usize) -> Vec<String> {
    let mut now = at(from);
    let step = |_| {
        now = schedule.next_handover(now).unwrap();
        now.format("%FT%TZ").to_string()
    };
    (0..count).map(step).collect()
}

#[test]
fn members_take_turns_from_the_first_handover_on_or_after_the_start() {
    let weekly = schedule(
        Tz::Asia__Shanghai,
        "0 0 10 * * MON",
        "2026-11-16",
        &["UA", "UB", "UC"],
    );
    check(
        &weekly,
        &[
            ("2026-11-16T01:59:59.999Z", "UC"),
            ("2026-11-16T02:00:00Z", "UA"),
            ("2026-11-23T01:59:59Z", "UA"),
            ("2026-11-23T02:00:00Z", "UB"),
            ("2026-11-30T02:00:00Z", "UC"),
            ("2026-12-07T02:00:00Z", "UA"),
            // Before the start the same circle runs backwards.
            ("2026-11-09T01:59:59Z", "UB"),
            ("2026-11-09T02:00:00Z", "UC"),
            ("2026-11-02T01:59:59Z", "UA"),
        ],
    );
}

#[test]
fn the_default_start_counts_from_a_monday() {
    let weekly = schedule(
        Tz::UTC,
        "0 0 10 * * MON",
        &DEFAULT_START.to_string(),
        &["UA", "UB"],
    );
    check(
        &weekly,
        &[
            ("2024-01-01T09:59:59Z", "UB"),
            ("2024-01-01T10:00:00Z", "UA"),
            ("2024-01-08T10:00:00Z", "UB"),
        ],
    );
}

#[test]
fn a_daily_handover_keeps_its_local_hour_across_the_changes_of_clocks() {
    let cases = [
        // Shanghai has had no summer time since 1991.
        (
            Tz::Asia__Shanghai,
            "2026-03-28T12:00:00Z",
            ["2026-03-29T01:00:00Z", "2026-03-30T01:00:00Z"],
        ),
        (
            Tz::Europe__London,
            "2026-03-28T12:00:00Z",
            ["2026-03-29T08:00:00Z", "2026-03-30T08:00:00Z"],
        ),
        (
            Tz::Europe__London,
            "2026-10-24T12:00:00Z",
            ["2026-10-25T09:00:00Z", "2026-10-26T09:00:00Z"],
        ),
        (
            Tz::America__New_York,
            "2026-03-07T20:00:00Z",
            ["2026-03-08T13:00:00Z", "2026-03-09T13:00:00Z"],
        ),
        (
            Tz::America__New_York,
            "2026-10-31T20:00:00Z",
            ["2026-11-01T14:00:00Z", "2026-11-02T14:00:00Z"],
        ),
        // Half an hour: +11:00 in summer, +10:30 in winter.
        (
            Tz::Australia__Lord_Howe,
            "2026-04-03T23:00:00Z",
            ["2026-04-04T22:30:00Z", "2026-04-05T22:30:00Z"],
        ),
        (
            Tz::Australia__Lord_Howe,
            "2026-10-02T23:00:00Z",
            ["2026-10-03T22:00:00Z", "2026-10-04T22:00:00Z"],
        ),
    ];
    for (timezone, from, expected) in cases {
        let daily = schedule(timezone, "0 0 9 * * *", "2026-01-01", &["UA", "UB"]);
        assert_eq!(handovers(&daily, from, 2), expected, "{timezone}");
        // One turn each: the change of clocks neither adds nor drops a handover.
        let [first, second] = expected.map(at);
        let before = daily.on_call(first - Duration::seconds(1)).clone();
        assert_ne!(*daily.on_call(first), before, "{timezone}");
        assert_eq!(*daily.on_call(second), before, "{timezone}");
    }
}

#[test]
fn a_handover_in_a_skipped_hour_happens_when_the_clocks_jump() {
    let cases = [
        (
            Tz::Europe__London,
            "0 30 1 * * *",
            "2026-03-28T12:00:00Z",
            "2026-03-29T01:00:00Z",
            "2026-03-30T00:30:00Z",
        ),
        (
            Tz::America__New_York,
            "0 30 2 * * *",
            "2026-03-07T12:00:00Z",
            "2026-03-08T07:00:00Z",
            "2026-03-09T06:30:00Z",
        ),
        (
            Tz::Australia__Lord_Howe,
            "0 15 2 * * *",
            "2026-10-03T00:00:00Z",
            "2026-10-03T15:30:00Z",
            "2026-10-04T15:15:00Z",
        ),
    ];
    for (timezone, handover, from, jump, next) in cases {
        let daily = schedule(timezone, handover, "2026-01-01", &["UA", "UB", "UC"]);
        assert_eq!(handovers(&daily, from, 2), [jump, next], "{timezone}");
        let turns = [
            at(jump) - Duration::seconds(1),
            at(jump),
            at(next) - Duration::seconds(1),
            at(next),
        ]
        .map(|now| daily.turn(now));
        assert_eq!(turns[1], (turns[0] + 1) % 3, "{timezone}");
        assert_eq!(turns[2], turns[1], "{timezone}");
        assert_eq!(turns[3], (turns[1] + 1) % 3, "{timezone}");
    }
}

#[test]
fn a_handover_in_a_doubled_hour_counts_once_and_the_first_time() {
    let cases = [
        (
            Tz::Europe__London,
            "0 30 1 * * *",
            "2026-10-24T12:00:00Z",
            "2026-10-25T00:30:00Z",
            "2026-10-26T01:30:00Z",
        ),
        (
            Tz::America__New_York,
            "0 30 1 * * *",
            "2026-10-31T12:00:00Z",
            "2026-11-01T05:30:00Z",
            "2026-11-02T06:30:00Z",
        ),
        (
            Tz::Australia__Lord_Howe,
            "0 45 1 * * *",
            "2026-04-04T00:00:00Z",
            "2026-04-04T14:45:00Z",
            "2026-04-05T15:15:00Z",
        ),
    ];
    for (timezone, handover, from, first, next) in cases {
        let daily = schedule(timezone, handover, "2026-01-01", &["UA", "UB", "UC"]);
        assert_eq!(handovers(&daily, from, 2), [first, next], "{timezone}");
        let turn = daily.turn(at(first));
        assert_eq!(
            turn,
            (daily.turn(at(first) - Duration::seconds(1)) + 1) % 3,
            "{timezone}"
        );
        // Every quarter of an hour until the next day's handover it is the same turn, the second reading included.
        let mut now = at(first);
        while now < at(next) {
            assert_eq!(daily.turn(now), turn, "{now} in {timezone}");
            now += Duration::minutes(15);
        }
        assert_eq!(daily.turn(at(next)), (turn + 1) % 3, "{timezone}");
    }
}

#[test]
fn counting_agrees_with_walking_the_handovers_one_by_one() {
    let zones = [
        Tz::Asia__Shanghai,
        Tz::Europe__London,
        Tz::America__New_York,
        Tz::Australia__Lord_Howe,
    ];
    let expressions = [
        "0 0 * * * *",
        "0 30 1,13 * * *",
        "0 0 10 * * MON",
        "15 45 2 1,15 * *",
        "0 0 9 * 3,10 SUN",
    ];
    for timezone in zones {
        for expression in expressions {
            let members = ["UA", "UB", "UC", "UD", "UE"];
            let schedule = schedule(timezone, expression, "2026-02-01", &members);
            let mut now = at("2026-02-28T11:17:00Z");
            let mut turn = schedule.turn(now);
            for _ in 0..400 {
                let Some(next) = schedule
                    .next_handover(now)
                    .filter(|next| *next < at("2027-03-01T00:00:00Z"))
                else {
                    break;
                };
                assert_eq!(
                    schedule.turn(next - Duration::milliseconds(1)),
                    turn,
                    "{expression} {timezone} {next}"
                );
                // Hourly handovers share the instant at which a skipped hour ends: two of them, at once.
                let after = schedule.turn(next);
                let steps = (after + members.len() - turn) % members.len();
                assert!(
                    steps == 1 || (steps == 2 && expression == "0 0 * * * *"),
                    "{expression} {timezone} {next}"
                );
                (now, turn) = (next, after);
            }
        }
    }
}

#[test]
fn whoever_left_is_stood_in_for_by_the_next_in_turn() {
    let weekly = schedule(Tz::UTC, "0 0 10 * * MON", "2026-11-16", &["UA", "UB", "UC"]);
    let departed = |names: &[&str]| {
        names
            .iter()
            .map(|name| UserId::new(*name))
            .collect::<BTreeSet<_>>()
    };
    let second_week = at("2026-11-25T00:00:00Z");
    let cases: [(&[&str], Option<&str>); 5] = [
        (&[], Some("UB")),
        (&["UA"], Some("UB")),
        (&["UB"], Some("UC")),
        (&["UB", "UC"], Some("UA")),
        (&["UA", "UB", "UC"], None),
    ];
    for (gone, expected) in cases {
        let found = weekly
            .on_call_among(second_week, &departed(gone))
            .map(UserId::as_str);
        assert_eq!(found, expected, "{gone:?}");
    }
}

#[test]
fn an_hourly_rotation_decades_later_is_counted_not_walked() {
    let hourly = schedule(
        Tz::America__New_York,
        "0 0 * * * *",
        "2000-01-01",
        &["UA", "UB", "UC", "UD", "UE"],
    );
    let now = at("2095-07-01T12:30:00Z");
    let walked = usize::try_from((now - at("2000-01-01T05:00:00Z")).num_hours()).unwrap();
    // In July the wall has skipped one more hour than it has repeated, and a skipped hour's handover still counts.
    assert_eq!(hourly.turn(now), (walked + 1) % 5);
}

#[test]
fn a_rotation_that_cannot_work_says_why() {
    let cases = [
        (
            "0 0 10 * * MON",
            "2026-01-01",
            "",
            "has no members; name at least one user ID",
        ),
        (
            "0 10 * * MON",
            "2026-01-01",
            "U1",
            r#"handover "0 10 * * MON" is not a cron expression (5 of 6 fields); write six fields, seconds first: "0 0 10 * * MON""#,
        ),
        (
            "0 * 10 * * MON",
            "2026-01-01",
            "U1",
            r#"handover "0 * 10 * * MON" happens more often than hourly; name one second and one minute: "0 0 10 * * MON""#,
        ),
        (
            "0 0 10 30 2 *",
            "2026-01-01",
            "U1",
            r#"handover "0 0 10 30 2 *" never happens"#,
        ),
        (
            "0 0 10 * * MON",
            "1026-01-01",
            "U1",
            "start 1026-01-01 is out of range; write a date from 2000 to 2099",
        ),
    ];
    for (handover, start, member, expected) in cases {
        let members = Some(member)
            .filter(|member| !member.is_empty())
            .map(UserId::new)
            .into_iter()
            .collect();
        let error =
            Schedule::new("x", Tz::UTC, handover, start.parse().unwrap(), members).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let members = vec![UserId::new("U1")];
    let error = Schedule::new("x", Tz::UTC, "0 0 25 * * MON", DEFAULT_START, members)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with(r#"handover "0 0 25 * * MON" is not a cron expression ("#),
        "{error}"
    );
    assert!(!error.contains('\n'), "{error}");
}
