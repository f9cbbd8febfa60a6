//! The verbs of the command, in every spelling that people use for them.

use super::lexis::fold;

/// What a person wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Declare,
    Acknowledge,
    Take,
    Assign,
    Update,
    Status,
    Severity,
    Impact,
    Eta,
    Service,
    Note,
    Decision,
    Action,
    Draft,
    Snooze,
    Why,
    Resolve,
    Reopen,
    Cancel,
    Close,
    Merge,
    Show,
    List,
    Timeline,
    Search,
    OnCall,
    Postmortem,
    Stats,
    Help,
}

/// The first word of each is its name: what `help` shows and what is suggested for a slip of the finger.
const SPELLINGS: [(Verb, &[&str]); 29] = [
    (
        Verb::Declare,
        &["declare", "new", "create", "申报", "宣告", "上报", "新建"],
    ),
    (
        Verb::Acknowledge,
        &["ack", "acknowledge", "确认", "收到", "响应"],
    ),
    (Verb::Take, &["take", "claim", "认领", "接手"]),
    (Verb::Assign, &["assign", "指派", "分配", "转交"]),
    (
        Verb::Update,
        &["update", "进展", "更新", "同步", "进展更新"],
    ),
    (Verb::Status, &["status", "状态"]),
    (Verb::Severity, &["severity", "sev", "级别", "等级", "定级"]),
    (Verb::Impact, &["impact", "影响"]),
    (Verb::Eta, &["eta", "预计", "预计恢复"]),
    (Verb::Service, &["service", "services", "服务"]),
    (Verb::Note, &["note", "备注", "记录"]),
    (Verb::Decision, &["decision", "决定", "决策"]),
    (Verb::Action, &["action", "todo", "待办", "行动项"]),
    (Verb::Draft, &["draft", "草稿", "起草"]),
    (Verb::Snooze, &["snooze", "稍后", "推迟"]),
    (Verb::Why, &["why", "为什么"]),
    (Verb::Resolve, &["resolve", "resolved", "解决", "已解决"]),
    (Verb::Reopen, &["reopen", "重开", "重新打开"]),
    (Verb::Cancel, &["cancel", "取消", "撤销"]),
    (Verb::Close, &["close", "关闭"]),
    (Verb::Merge, &["merge", "合并"]),
    (Verb::Show, &["show", "info", "查看", "详情"]),
    (Verb::List, &["list", "ls", "列表"]),
    (Verb::Timeline, &["timeline", "时间线"]),
    (Verb::Search, &["search", "搜索"]),
    (Verb::OnCall, &["oncall", "on-call", "值班"]),
    (Verb::Postmortem, &["postmortem", "post-mortem", "复盘"]),
    (Verb::Stats, &["stats", "统计"]),
    (Verb::Help, &["help", "?", "-h", "--help", "帮助"]),
];

impl Verb {
    /// The verb that `word` spells, in any case.
    pub fn read(word: &str) -> Option<Self> {
        let folded = fold(word);
        SPELLINGS
            .iter()
            .find(|(_, spellings)| spellings.contains(&folded.as_str()))
            .map(|(verb, _)| *verb)
    }

    /// The verb's name in commands.
    pub fn name(self) -> &'static str {
        SPELLINGS
            .iter()
            .find(|(verb, _)| *verb == self)
            .map_or("help", |(_, spellings)| spellings[0])
    }
}

/// The verb that somebody who typed `word` may have meant.
pub fn nearest(word: &str) -> Option<&'static str> {
    let typed: Vec<char> = fold(word).chars().collect();
    // No verb is that long, and counting slips takes time.
    if typed.len() > 20 {
        return None;
    }
    // In a short word two slips make another word.
    let slips_max = if typed.len() <= 4 { 1 } else { 2 };
    SPELLINGS
        .iter()
        .flat_map(|(_, spellings)| spellings.iter().map(|spelling| (spelling, spellings[0])))
        .filter(|(spelling, _)| spelling.len() > 2 && spelling.is_ascii())
        .map(|(spelling, name)| {
            let meant: Vec<char> = spelling.chars().collect();
            (slips(&typed, &meant), name)
        })
        .filter(|(slips, _)| *slips <= slips_max)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, name)| name)
}

/// How many slips lead from one word to the other: a letter missing, too many, wrong, or two swapped.
fn slips(typed: &[char], meant: &[char]) -> usize {
    let (rows, columns) = (typed.len() + 1, meant.len() + 1);
    let mut cost = vec![vec![0; columns]; rows];
    for row in 0..rows {
        for column in 0..columns {
            if row == 0 || column == 0 {
                cost[row][column] = row + column;
                continue;
            }
            let differs = usize::from(typed[row - 1] != meant[column - 1]);
            let mut least = (cost[row - 1][column] + 1)
                .min(cost[row][column - 1] + 1)
                .min(cost[row - 1][column - 1] + differs);
            let swapped = row > 1
                && column > 1
                && typed[row - 1] == meant[column - 2]
                && typed[row - 2] == meant[column - 1];
            if swapped {
                least = least.min(cost[row - 2][column - 2] + 1);
            }
            cost[row][column] = least;
        }
    }
    cost[rows - 1][columns - 1]
}
