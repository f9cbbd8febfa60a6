//! Statements that travel together.
//!
//! On SQLite each statement is a way to another thread and back, which takes longer than most statements do. So what a
//! transaction writes without waiting for the answer is put down, and goes along with the next statement that it does
//! wait for, at the latest with the end of the transaction: several statements in one text, carried out in the order
//! in which they were put down, the first that fails ending them all. On Postgres each travels by itself.

use anyhow::Context as _;
use futures_util::StreamExt as _;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Either, Executor as _};

use super::dialect::Engine;
use super::rows::Doing as _;
use super::wire::Wire;
use super::{Conflict, WriteTx};

/// How many travel together at most, besides what begins their transaction: each text that is sent stays prepared.
const TOGETHER_MAX: usize = 16;

/// One statement with what its `$1`, `$2` … stand for.
pub(super) struct Statement {
    text: &'static str,
    values: Vec<Value>,
    doing: &'static str,
    must_change: bool,
    otherwise: bool,
}

/// What a column can hold.
pub(super) enum Value {
    Text(Option<String>),
    Number(Option<i64>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(Some(text.to_owned()))
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Value::Text(text.map(str::to_owned))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(Some(text))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Number(Some(number))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Value::Number(number)
    }
}

impl Statement {
    /// `doing` follows "while we …", for the reader of the log.
    pub(super) fn new(text: &'static str, doing: &'static str) -> Self {
        Self {
            text,
            values: vec![],
            doing,
            must_change: false,
            otherwise: false,
        }
    }

    pub(super) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// To change nothing means that somebody else wrote first.
    pub(super) fn or_conflict(mut self) -> Self {
        self.must_change = true;
        self
    }

    /// Finds nothing to do if the one before it changed something, so where that is known in time it stays at home.
    pub(super) fn otherwise(mut self) -> Self {
        self.otherwise = true;
        self
    }
}

/// What a statement brought.
#[derive(Default)]
pub(super) struct Answer {
    pub rows: Vec<AnyRow>,
    /// How many rows it changed.
    pub changed: u64,
}

impl Answer {
    /// The only row of a statement that always has one.
    pub(super) fn row(self) -> anyhow::Result<AnyRow> {
        self.rows
            .into_iter()
            .next()
            .context("a row was expected and none came")
    }
}

impl WriteTx {
    /// Carries it out before anything that comes later in this transaction.
    pub(super) fn put_down(&mut self, statement: Statement) {
        self.put_down.push(statement);
        self.forget_foreseen();
    }

    /// Carries it out, after all that was put down.
    pub(super) async fn ask(&mut self, statement: Statement) -> anyhow::Result<Answer> {
        self.put_down(statement);
        let answers = self.carry_out().await?;
        Ok(answers.into_iter().next_back().unwrap_or_default())
    }

    /// Carries it out, and brings the touched lanes up to date on the same way where that takes no longer: few who end a
    /// row change its lane once more.
    pub(super) async fn ask_and_settle(&mut self, statement: Statement) -> anyhow::Result<Answer> {
        let nth = self.put_down.len();
        self.put_down(statement);
        if self.engine == Engine::Sqlite {
            self.settle_lanes();
        }
        let answers = self.carry_out().await?;
        Ok(answers.into_iter().nth(nth).unwrap_or_default())
    }

    /// Carries them out, after all that was put down; the answers are in the same order.
    pub(super) async fn ask_all(
        &mut self,
        statements: Vec<Statement>,
    ) -> anyhow::Result<Vec<Answer>> {
        let before = self.put_down.len();
        for statement in statements {
            self.put_down(statement);
        }
        let mut answers = self.carry_out().await?;
        Ok(answers.split_off(before.min(answers.len())))
    }

    /// The connection, with the transaction begun.
    pub(super) async fn begun(&mut self) -> anyhow::Result<&mut Wire> {
        travel(self.wire(), vec![], &mut vec![]).await?;
        Ok(self.wire())
    }

    /// Carries out what was put down; the answers are in the same order.
    pub(super) async fn carry_out(&mut self) -> anyhow::Result<Vec<Answer>> {
        let mut statements = std::mem::take(&mut self.put_down);
        if statements.is_empty() {
            return Ok(vec![]);
        }
        let foresees = self.foresees();
        let foresees_some = foresees.is_some();
        statements.extend(foresees);
        let together = match self.engine {
            Engine::Sqlite => TOGETHER_MAX,
            Engine::Postgres => 1,
        };
        let mut answers: Vec<Answer> = Vec::with_capacity(statements.len());
        while let Some(first) = statements.first() {
            if first.otherwise && answers.last().is_some_and(|last| last.changed > 0) {
                statements.remove(0);
                answers.push(Answer::default());
                continue;
            }
            let rest = statements.split_off(together.min(statements.len()));
            travel(self.wire(), statements, &mut answers).await?;
            statements = rest;
        }
        if foresees_some {
            self.foreseen(answers.pop().unwrap_or_default());
        }
        Ok(answers)
    }
}

/// Takes statements to the database in one go, and before them what begins their transaction if nothing has yet.
async fn travel(
    wire: &mut Wire,
    mut statements: Vec<Statement>,
    answers: &mut Vec<Answer>,
) -> anyhow::Result<()> {
    let begin = wire.begins();
    let mut begins = begin.is_some();
    if let Some(begin) = begin {
        statements.insert(0, Statement::new(begin, "began a transaction"));
    }
    if statements.is_empty() {
        return Ok(());
    }
    let mut query = match statements.as_slice() {
        [only] => sqlx::query(only.text),
        several => sqlx::query(AssertSqlSafe(joined(several))),
    };
    for value in statements.iter_mut().flat_map(|one| one.values.drain(..)) {
        query = match value {
            Value::Text(text) => query.bind(text),
            Value::Number(number) => query.bind(number),
        };
    }
    let mut conflict = None;
    let mut answer = Answer::default();
    let mut under_way = statements.iter();
    let mut came = wire.fetch_many(query);
    while let Some(next) = came.next().await {
        let doing = under_way
            .as_slice()
            .first()
            .map_or("ended", |one| one.doing);
        match next {
            // Whatever came of deciding on what no longer holds.
            Err(_) if conflict.is_some() => break,
            Err(error) => return Err(error).doing(doing),
            Ok(Either::Right(row)) => answer.rows.push(row),
            Ok(Either::Left(end)) => {
                answer.changed = end.rows_affected();
                if under_way.next().is_some_and(|one| one.must_change) && answer.changed == 0 {
                    conflict.get_or_insert(Conflict::while_we(doing));
                }
                let answer = std::mem::take(&mut answer);
                // Nobody has asked to begin.
                if !std::mem::take(&mut begins) {
                    answers.push(answer);
                }
            }
        }
    }
    drop(came);
    if let Some(conflict) = conflict {
        wire.spoil();
        anyhow::bail!(conflict);
    }
    Ok(())
}

/// Several statements in one text, whose values are numbered on from one to the next.
fn joined(statements: &[Statement]) -> String {
    let mut text = String::with_capacity(statements.iter().map(|one| one.text.len() + 8).sum());
    let mut before = 0;
    for statement in statements {
        let mut parts = statement.text.split('$');
        text.extend(parts.next());
        for part in parts {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            let (number, rest) = part.split_at(digits);
            let number: usize = number.parse().unwrap_or_default();
            text.push('$');
            text.push_str(&(before + number).to_string());
            text.push_str(rest);
        }
        text.push_str(";\n");
        before += statement.values.len();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn values_are_numbered_on() {
        let one = Statement::new("A $1, $2, $1", "a").bind(1).bind("x");
        let two = Statement::new("B", "b");
        let three = Statement::new("C $10 + $1 ", "c").bind(None::<i64>);
        assert_eq!(
            joined(&[one, two, three]),
            "A $1, $2, $1;\nB;\nC $12 + $3 ;\n"
        );
    }

    fn insert(key: &str) -> Statement {
        Statement::new("INSERT INTO inbox (key, at) VALUES ($1, $2)", "kept a key")
            .bind(key)
            .bind(7)
    }

    fn count() -> Statement {
        Statement::new("SELECT COUNT(*) AS n, MAX(at) AS at FROM inbox", "counted")
    }

    fn number(answer: &Answer) -> i64 {
        sqlx::Row::get(&answer.rows[0], "n")
    }

    /// More than travel at once, and each answer is the one to its question.
    #[tokio::test]
    async fn all_are_carried_out_in_order() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let mut tx = store.begin().await.unwrap();
        for nth in 0..2 * TOGETHER_MAX {
            tx.put_down(insert(&nth.to_string()));
            tx.put_down(count());
        }
        let answers = tx.carry_out().await.unwrap();
        assert_eq!(answers.len(), 4 * TOGETHER_MAX);
        for (nth, pair) in (1..).zip(answers.chunks(2)) {
            assert_eq!((pair[0].changed, number(&pair[1])), (1, nth));
        }
        let last = tx.ask(count()).await.unwrap();
        assert_eq!(number(&last), 2 * TOGETHER_MAX as i64);
    }

    #[tokio::test]
    async fn the_first_that_fails_ends_them_all() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let wrong = Statement::new("INSERT INTO inbox (key) VALUES ($1)", "kept half a key");
        let nothing = Statement::new("UPDATE inbox SET at = 1 WHERE key = $1", "changed a key");
        for (bad, expected) in [
            (
                insert("first"),
                "somebody else wrote first, while we kept a key",
            ),
            (
                wrong.bind("half"),
                "the database failed while we kept half a key",
            ),
            // The statement after it cannot work either; why, is that nothing was changed.
            (
                nothing.bind("none").or_conflict(),
                "somebody else wrote first, while we changed a key",
            ),
        ] {
            let mut tx = store.begin().await.unwrap();
            tx.put_down(insert("first"));
            tx.put_down(bad);
            tx.put_down(insert("first"));
            let error = tx.write().await.unwrap_err();
            assert_eq!(error.to_string(), expected);
            assert!(tx.ask(count()).await.is_err(), "after {expected}");
            assert!(tx.commit().await.is_err(), "after {expected}");
        }
        assert!(!store.heard("first").await.unwrap());
    }
}
