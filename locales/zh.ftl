### Every sentence that a person reads. Both languages hold the same keys; a test sees to it.

## Words: statuses, roles, audiences, durations

status-declared = 已上报
status-investigating = 排查中
status-identified = 已定位
status-monitoring = 观察中
status-resolved = 已解决
status-closed = 已关闭
status-cancelled = 已取消
audience-stakeholders = 内部相关方
audience-customers = 客户
role-owner = 负责人
severity-critical = 严重
severity-critical-meaning = 系统不可用
severity-high = 高
severity-high-meaning = 重要功能不可用，且没有替代办法
severity-medium = 中
severity-medium-meaning = 部分功能不可用，但有替代办法
severity-low = 低
severity-low-meaning = 轻微故障，影响少数人
duration-seconds = { $seconds } 秒
duration-minutes = { $minutes } 分钟
duration-hours = { $hours } 小时
duration-hours-minutes = { $hours } 小时 { $minutes } 分钟
duration-days = { $days } 天
duration-days-hours = { $days } 天 { $hours } 小时
# 用于“已有……没有更新”。
silence-seconds = { $seconds } 秒
silence-minutes = { $minutes } 分钟

## The card and the topic

card-declared = { $id } · { $who } 于 { $time } 上报
card-acknowledged = { $who } 在 { $after }后确认
card-status = 状态
card-owner = 负责人
card-severity = 级别
card-duration = 持续时间
card-impact = 影响
card-services = 受影响的服务
card-eta = 预计恢复时间
card-next-update = 下次进展
card-channel = 频道
card-roles = 其他角色
card-unknown = 尚不明确
card-nobody = 暂无，可用 { $command } 认领
card-since = 始于 { $time }
card-acknowledge-by = ⏳ 应于 { $time } 前确认
card-unacknowledged = ⚠️ 尚无人确认
card-promised = { $time }（{ $who } 承诺）
card-snoozed = { $time }（{ $who } 已推迟）
card-asked = ⏰ 已于 { $time } 催问，尚无回应
card-no-next-update = 无（{ $status }）
card-channel-opening = 正在创建
card-channel-thread = 本消息下的消息列
card-summary = 小结
card-reason = 原因
card-last-update = *最新进展* · { $who } · { $time }
card-no-update = *最新进展* · 暂无
card-no-change = { $who } 于 { $time } 报告：暂无变化
topic-no-owner = 暂无负责人
button-acknowledge = 确认
button-update = 发布进展
button-status = 更改状态
button-severity = 更改级别
button-assign = 指派
button-resolve = 标记为已解决
button-reopen = 重新打开
button-close = 关闭
button-more-impact = 填写影响和预计恢复时间
button-more-note = 记录备注或决定
button-more-stakeholders = 起草内部通报
button-more-customers = 起草客户通告
button-more-timeline = 时间线
button-no-change = 暂无变化
button-snooze = 推迟提醒

## What happened: messages in the incident's channel and to persons

told-somebody = 某位同事
told-place-channel = 处理频道：{ $channel }
told-place-thread = 在 { $channel } 中该事故卡片下的消息列里处理
told-declared = 🔥 { $who } 上报了 { $id }，后续处理都在本消息列中进行。
told-please-acknowledge = 负责人 { $owner }：请在 { $time } 前点击卡片上的“确认”。
told-thread-hint = Slack 的消息列里不能使用斜杠命令。请用卡片上的按钮，或 @ 我之后写同样的内容，例如 `@Balefire update 正在回滚`
told-channel-refused = Slack 未能为该事故创建频道，后续处理都在本消息列中进行。
told-home-archived = 该事故的频道已被归档，后续处理都在本消息列中进行。
told-home-removed = 我被移出了该事故的频道，后续处理都在本消息列中进行。
told-meanwhile = ⏳ Slack 有一段时间没有接收我的消息。这段时间里：
told-home-deleted = 该事故的频道已被删除，后续处理都在本消息列中进行。
told-acknowledged = 👍 { $who } 已确认该事故，距上报 { $after }。
told-also-acknowledged = 同时确认了该事故，距上报 { $after }
told-owner-took = 👤 { $to } 现在是该事故的负责人。
told-owner-given = 👤 { $who } 指派 { $to } 为该事故的负责人。
told-role-took = 👤 { $to } 担任该事故的 { $role }。
told-role-given = 👤 { $who } 指派 { $to } 担任该事故的 { $role }。
told-role-before = 此前为 { $from }。
told-update = 📣 *进展* · { $who }
told-no-change = 📣 *暂无变化* · { $who }
told-next-update = 下次进展应于 { $time } 前发布
told-next-promised = 承诺于 { $time } 发布下次进展
told-status = { $emoji } { $who } 将状态由“{ $from }”改为“{ $to }”。
told-severity = { $emoji } { $who } 将级别由“{ $from }”改为“{ $to }”。
told-rhythm = 此后每 { $every }应发布一次进展，下次为 { $time }
told-impact = 💥 { $who } 填写了影响：
told-eta = 🕑 { $who } 填写了预计恢复时间：
told-services = 🧩 { $who } 填写了受影响的服务：{ $services }
told-note = 📝 { $who } 的备注：
told-decision = ⚖️ { $who } 记录的决定：
told-action = ☑️ { $who } 添加了待办：
told-action-for = ☑️ { $who } 为 { $assignee } 添加了待办：
told-action-due = 截止日期 { $date }
told-snoozed = 💤 { $who } 将下次提醒推迟到 { $until }。
told-snoozed-from = 原定于 { $from } 提醒。推迟后的这次提醒之后，恢复每 { $rhythm }提醒一次。
told-resolved = ✅ { $who } 已解决该事故，历时 { $after }。
told-resolved-customers = 客户已获知此事故，请用 { $command } 告知已恢复
told-resolved-next = 请用 { $action } 记下后续待办，然后点击卡片上的“关闭”
told-reopened = 🔁 { $who } 重新打开了该事故：
told-cancelled = ⛔ { $who } 取消了该事故：
told-cancelled-next = 如果确属事故，请点击卡片上的“重新打开”。
told-closed = 🏁 { $who } 关闭了该事故，事故持续 { $after }。
told-closed-next = 复盘时可用 { $command } 查看全部经过。
told-published = 📨 { $who } 已将面向{ $audience }的 { $number } 号草稿发布到 { $channels }。
told-published-nowhere = 📨 { $who } 已放行面向{ $audience }的 { $number } 号草稿。由于没有配置频道，请从草稿中复制并自行发送。
told-pinned-unsigned = 📌 { $who } 将某位同事的一条消息记入时间线：
told-pinned = 📌 { $who } 将 { $author } 的一条消息记入时间线：
told-pin-edited = 📌 时间线上的一条消息被修改，现为：
told-pin-removed = 📌 一条消息已从时间线移除。
told-draft-changed = { $number } 号草稿有变动，最新情况见草稿消息。
told-changed = { $id } 有变动：{ $status }
nag-ask = ⏰ { $owner } 目前进展如何？已有 { $quiet }没有更新。
nag-ask-anybody = ⏰ 目前进展如何？已有 { $quiet }没有更新，且该事故没有负责人。
nag-promised = { $who } 曾承诺于 { $time } 发布进展。
nag-was-snoozed = { $who } 曾将本次提醒推迟到 { $time }。
nag-unacknowledged = 该事故于 { $time } 上报，至今无人确认。
nag-what-to-say = 请说明：有什么变化、下一步做什么、何时发布下次进展。
nag-late = 本次提醒原定于 { $due }，因当时无法发出，晚了 { $late }。
nag-asked = ⏰ 已于 { $time } 催问进展
nag-answered-update = ✅ { $who } 在 { $after }后发布了进展。
nag-answered-no-change = ✅ { $who } 在 { $after }后回复：暂无变化。
nag-answered-snooze = 💤 { $who } 于 { $time } 推迟了下次提醒。
nag-answered-finished = ✅ 无需再答复：{ $who } 已于 { $time } 结束该事故。
nag-replaced = 无人回应，已有新的提醒取代本条。
alarm-unacknowledged = 🚨 { $owner } 该事故正等待你确认，本应于 { $due } 前确认，现已超时。如已着手处理，请点击“确认”；如需转交，请点击“指派”。
alarm-unacknowledged-unowned = 🚨 该事故既无负责人，也无人确认，本应于 { $due } 前确认，现已超时。点击“确认”的人即成为负责人。
alarm-waits-for-you = 该事故自 { $declared } 起等待你确认，本应于 { $due } 前确认，现已超时。如已着手处理，请点击“确认”；如需转交，请点击“指派”。
alarm-climbs-at = 如仍无人回应，将于 { $time } 升级，通知下一顺位的人。
alarm-escalation = 🚨 { $called } 能否介入？{ $why }
alarm-escalation-direct = 🚨 能否介入？{ $why }
alarm-take = 如要接手，请输入 { $command } 。
alarm-owner-asked = 已于 { $asked } 向你催问进展，至今没有回应。已有 { $quiet }没有人说明情况。
alarm-owner-asked-before = 已向你催问进展，至今没有回应。已有 { $quiet }没有人说明情况。
alarm-owner-acknowledge = 你是该事故的负责人，自 { $declared } 上报以来尚未确认。
alarm-nag-unanswered = 已于 { $asked } 向 { $owner } 催问进展，至今没有回应。自 { $updated } 起没有人说明情况。
alarm-nag-unanswered-before = 已向 { $owner } 催问进展，至今没有回应。自 { $updated } 起没有人说明情况。
alarm-nag-unowned = 该事故没有负责人，自 { $updated } 起没有人说明情况。
alarm-call-unanswered = { $owner } 尚未确认该事故，上报时间为 { $declared }。
alarm-call-unowned = 该事故没有负责人，也无人确认，上报时间为 { $declared }。
undelivered-card = ⚠️ 卡片未能发到 { $channel }。
undelivered-nag = ⚠️ 未能在 { $channel } 中催问进展，请照常发布一次进展。
undelivered-message = ⚠️ 有一条消息未能发到 { $channel }，其内容已记入时间线。
undelivered-maybe-card = ⚠️ 卡片可能没有发到 { $channel }。下一次变更时会再发一张，届时可能出现两张。
undelivered-draft = ⚠️ { $number } 号草稿未能发到 { $channel }。请在问题排除后重新起草： { $command }
undelivered-maybe-draft = ⚠️ { $number } 号草稿可能没有发到 { $channel }。如果那里没有，请重新起草： { $command }
undelivered-maybe-nag = ⚠️ 我的催问可能没有发到 { $channel }，请照常发布一次进展。
undelivered-maybe-message = ⚠️ 我的一条消息可能没有发到 { $channel }，其内容已记入时间线。
undelivered-maybe-direct = ⚠️ 我发给 { $to } 的私信可能没有送达，请直接向对方确认。
undelivered-maybe-publication = ⚠️ 面向{ $audience }的 { $number } 号草稿可能已经送达 { $channel }，也可能没有。我不会自动重发：请先到那里查看，确实没有时再从草稿中复制发送。
undelivered-maybe-old-publication = ⚠️ { $number } 号草稿可能已经送达 { $channel }，也可能没有。我不会自动重发：请先到那里查看，其内容已记入时间线。
undelivered-direct = ⚠️ 未能给 { $to } 发送私信。
undelivered-publication = ⚠️ 面向{ $audience }的 { $number } 号草稿未能送达 { $channel }。我不会自动重发，请在问题排除后从草稿中复制发送。
undelivered-old-publication = ⚠️ { $number } 号草稿未能送达 { $channel }。我不会自动重发，其内容已记入时间线。
undelivered-invitation = ⚠️ 未能将 { $users } 邀请到该事故的频道，请另行告知。
remedy = { $way_out }（Slack 返回 `{ $code }` ）
remedy-the-channel = 该频道
remedy-not-in-channel = 我不在 { $place } 中，请在其中输入 `/invite @Balefire` 。
remedy-channel-not-found = 我看不到 { $place }：它可能不存在，或者是我未加入的私有频道。请在其中输入 `/invite @Balefire` ，或在 `balefire.toml` 中改用其他频道。
remedy-archived = 频道已归档：请取消归档 { $place }，或在 `balefire.toml` 中改用其他频道。
remedy-scope = 应用缺少权限，请按 `manifest.yml` 重新安装。
remedy-restricted = 工作区不允许此操作，请联系工作区管理员。
remedy-person = 对方已离开工作区，或是我无法联系的访客：请另行通知，或将其工作转交他人。
remedy-messages-tab = 该应用的私信功能未开启，请在 App Home 中打开 Messages 标签页。
remedy-token = Slack 不再接受机器人的令牌，请重新安装应用并设置 `SLACK_BOT_TOKEN` 。
remedy-our-mistake = 这是我的缺陷，请反馈给项目维护者。原定内容可在时间线中查看： `/incident timeline { $id }`
remedy-unknown = 请检查应用的令牌和权限，以及它是否在频道里。
remedy-unread = 我无法自行核实，原因：{ $why }
remedy-too-much-to-read = 此后的消息太多，无法逐条查找。
remedy-unknown-outcome = Slack 一直没有答复是否收到，我也无法在那里查看：请自行确认，若没有，请重新发一次。

## Drafts

draft-title-stakeholders = 📝 *{ $number } 号草稿 · 内部通报*
draft-title-customers = 📝 *{ $number } 号草稿 · 客户通告*
draft-goes-to = 将发布到 { $channels }。
draft-goes-nowhere = 没有配置发布频道，请从这里复制。
draft-mail = 需手动发送至：{ $addresses }。
draft-findings-blocking = ⚠️ *以下问题修正后才能批准*
draft-findings-advice = 💡 *建议再看一眼*
draft-findings-more = • 另有 { $count } 处
lint-empty = 没有内容。
lint-too-long = 共 { $chars } 个字符，最多 { $most } 个。
lint-person = 提到了个人：{ $text }
lint-channel = 提到了频道：{ $text }
lint-broadcast = 会通知整个频道：{ $text }
lint-internal = 使用了内部用语：{ $text }
lint-missing-what = 没有说明发生了什么。
lint-missing-impact = 没有说明影响。
lint-missing-state = 没有说明当前状态。
lint-missing-recovery = 没有说明预计恢复时间。
lint-missing-scope = 没有说明影响范围。
draft-by-balefire = 于 { $time } 根据时间线起草
draft-by = { $who } 于 { $time } 撰写
draft-approved-by = ✅ { $who } 于 { $time } 批准
draft-needs = 还需 { $count } 人批准才能发布
draft-needs-another = 还需另一人批准
draft-ready = 可以发布；再次编辑会撤销批准
draft-published = ✅ { $who } 于 { $time } 发布
draft-discarded = 🗑️ { $who } 于 { $time } 丢弃
draft-replaced = ♻️ 已于 { $time } 被新草稿取代
button-edit = 编辑
button-approve = 批准
button-publish = 发布
button-discard = 丢弃
confirm-no = 先不
confirm-publish-title = 发布给客户？
confirm-publish = 客户将在 { $channels } 中看到这些内容。
confirm-publish-nowhere = 没有配置频道，不会发出任何消息。此操作仅将其记录为已发布，请自行转发。
confirm-discard-title = 丢弃这份面向{ $audience }的草稿？
confirm-discard = 丢弃后无法再发布，内容仍保留在时间线上。

## Reports heard in the incidents channel

report-offer = { $who } 这是事故吗？我会这样上报：
report-hint = 级别和标题根据原文推测；级别可在上报后通过卡片修改。
report-declared = ✅ { $who } 于 { $time } 上报了 { $id }
report-dismissed = { $who } 于 { $time } 表示这不是事故。
button-report-declare = 上报事故
button-report-dismiss = 不是事故

## Answers to commands and buttons

home-none = 你没有未结束的事故。
home-some = *你有 { $count } 起未结束的事故*
home-more = 另有 { $count } 起，见 `/incident list mine`
home-hint = `/incident list` 查看所有未结束的事故， `/incident help` 查看所有命令。
home-acknowledge-by = ⏳ 请在 { $time } 前确认
home-acknowledge = ⚠️ 尚无人确认
home-nag-unanswered = ⏰ 已于 { $time } 向你催问进展，尚未回应
home-next-update = 下次进展应于 { $time } 前发布
home-draft = 📝 面向{ $audience }的 { $number } 号草稿等待批准
list-open = *未结束的事故*
list-mine = *你的未结束事故*
list-all = *所有事故，最新的在前*
list-none-open = 目前没有未结束的事故。
list-none-mine = 你没有未结束的事故。可用 `/incident list` 查看全部未结束的事故。
list-none = 还没有任何事故。
list-only = 仅显示前 { $count } 起。
list-unreadable = ⚠️ 未显示：{ $ids }。我无法读取其中存储的内容。请联系负责运维 Balefire 的同事，日志中有原因。
list-no-owner = 暂无负责人
which-incident = 是哪起事故？请输入以下命令之一：
again-question = 你已于 { $time } 输入过 `/incident { $command }` ，并已执行。要再执行一次吗？
again-button = 再执行一次
again-too-long = 内容过长，无法放进按钮。如需再执行，请一分钟后重新输入。
repeat = 已经执行过了，不会再执行一次。
form-did-not-open = 表单未能及时打开。请改用命令，例如 { $example }
form-did-not-open-draft = 表单未能及时打开，内容没有变化。请再次点击“编辑”。
not-recorded = 没有记录任何内容：我无法访问数据库。请一分钟后重试；如果一直如此，请联系负责运维 Balefire 的同事，日志中有原因。
not-recorded-unreadable = 没有记录任何内容：我无法读取这里存储的内容，重试也没有用。请联系负责运维 Balefire 的同事，日志中写明了是哪一行数据。
partly-recorded = 只记录了其中一部分，之后我无法访问数据库。请一分钟后再次提交：已记录的部分不会重复记录。
perhaps-recorded = 无法确定这次操作是否已记录：我的数据库没有及时应答。请先查看事故卡片，再决定是否重做。
done-nothing = 内容与当前一致，{ $id } 无需更改。
done-declared = 已上报 { $id }：{ $title } · { $severity } · 负责人 { $owner }
done-declared-unowned = 已上报 { $id }：{ $title } · { $severity } · 暂无负责人
done-declared-channel = · 处理频道 { $channel }
done-declared-opening = · 正在创建处理频道
done-declared-thread = · 在其卡片下的消息列中处理
done-acknowledged = 已确认 { $id }。{ $next }
done-acknowledged-with-this = 已确认 { $id }。
done-owner = { $to } 现在是 { $id } 的负责人。
done-role = { $to } 现在担任 { $id } 的 { $role }。
done-update = 已发布 { $id } 的进展。{ $next }
done-no-change = 已记录：{ $id } 暂无变化。{ $next }
done-status = { $id } 的状态已改为“{ $status }”。
done-severity = { $id } 的级别已改为 { $severity }。{ $next }
done-impact = 已填写 { $id } 的影响。
done-eta = 已填写 { $id } 的预计恢复时间。
done-services = { $id } 受影响的服务：{ $services }
done-note = 备注已记入 { $id } 的时间线。
done-decision = 决定已记入 { $id } 的时间线。
done-action = 已为 { $id } 添加待办
done-snoozed = { $id } 的下次提醒推迟到 { $until }。
done-resolved = { $id } 已解决，历时 { $after }。
done-reopened = 已重新打开 { $id }。{ $next }
done-cancelled = 已取消 { $id }。
done-closed = 已关闭 { $id }。
done-draft = 面向{ $audience }的 { $number } 号草稿即将出现在 { $place }。
done-draft-thread = 面向{ $audience }的 { $number } 号草稿即将出现在卡片下的消息列。
done-draft-edited = { $number } 号草稿已修改，需要重新批准。
done-draft-approved = 已批准 { $number } 号草稿。
done-draft-discarded = 已丢弃 { $number } 号草稿。
done-draft-published = { $number } 号草稿正在发布给{ $audience }。
done-draft-published-nowhere = 面向{ $audience }的 { $number } 号草稿已标记为已发布。由于没有配置频道，请从草稿中复制并自行发送。
timeline-title = *{ $id } 的时间线* · { $title }
timeline-earlier = 另有更早的 { $count } 条未显示。
timeline-declared = 上报：*{ $title }* · { $severity }
timeline-owner = 负责人 { $owner }
timeline-acknowledged = 确认了该事故
timeline-role-took = 担任 { $role }
timeline-role-given = 指派 { $to } 担任 { $role }
timeline-update = 发布进展：{ $text }
timeline-no-change = 报告：暂无变化
timeline-status = 将状态由“{ $from }”改为“{ $to }”
timeline-severity = 将级别由“{ $from }”改为“{ $to }”
timeline-impact = 填写影响：{ $text }
timeline-eta = 填写预计恢复时间：{ $text }
timeline-services = 填写受影响的服务：{ $services }
timeline-note = 备注：{ $text }
timeline-decision = 记录决定：{ $text }
timeline-action = 添加待办：{ $text }
timeline-snoozed = 将下次提醒推迟到 { $until }
timeline-nagged = 催问进展（第 { $number } 次提醒）
timeline-unacknowledged = 发现逾期无人确认
timeline-climbed = 因无人回应，升级并通知了 { $to }
timeline-climbed-nobody = 没有可继续通知的人
timeline-resolved = 标记为已解决
timeline-resolved-with = 标记为已解决：{ $text }
timeline-reopened = 重新打开：{ $text }
timeline-cancelled = 取消：{ $text }
timeline-closed = 关闭了该事故
timeline-pinned = 写道：{ $text }（📌 { $who }）
timeline-draft = 起草了面向{ $audience }的 { $number } 号草稿
timeline-draft-edited = 修改了 { $number } 号草稿
timeline-draft-approved = 批准了 { $number } 号草稿
timeline-draft-discarded = 丢弃了 { $number } 号草稿
timeline-draft-published = 向{ $audience }发布了 { $number } 号草稿：{ $text }
timeline-channel = 创建了 { $channel }
timeline-channel-refused = 未能创建频道，Slack 返回 `{ $code }`
timeline-home-archived = 改在消息列中处理：频道已被归档
timeline-home-removed = 改在消息列中处理：我被移出了频道
timeline-home-deleted = 改在消息列中处理：频道已被删除
timeline-undelivered-card = 未能发出卡片，{ $answer }
timeline-undelivered-home-card = 未能发出频道内的卡片，{ $answer }
timeline-undelivered-draft = 未能发出 { $number } 号草稿，{ $answer }
timeline-undelivered-nag = 未能发出第 { $number } 次提醒，{ $answer }
timeline-held-back = 未发出第 { $number } 次提醒：{ $why }
timeline-held-back-direct = 未给 { $to } 发私信：{ $why }
timeline-undelivered-direct = 未能给 { $to } 发私信，{ $answer }
timeline-undelivered-publication = 未能将 { $number } 号草稿发布到 { $channel }，{ $answer }
timeline-undelivered-invitation = 未能邀请 { $users }，{ $answer }
timeline-undelivered-message = 未能发出一条消息，{ $answer }
timeline-slack-said = Slack 返回 `{ $code }`
timeline-maybe-card = 不确定卡片是否已发出：{ $why }
timeline-maybe-home-card = 不确定频道内的卡片是否已发出：{ $why }
timeline-maybe-draft = 不确定 { $number } 号草稿是否已发出：{ $why }
timeline-maybe-nag = 不确定第 { $number } 次提醒是否已发出：{ $why }
timeline-maybe-direct = 不确定给 { $to } 的私信是否已送达：{ $why }
timeline-maybe-publication = 不确定 { $number } 号草稿是否已发布到 { $channel }：{ $why }
timeline-maybe-message = 不确定一条消息是否已发出：{ $why }
timeline-slack-silent = Slack 一直没有答复，我也无法查看
why-title = *{ $id } 的提醒记录* · { $title }
why-earlier = 另有更早的 { $count } 条未显示。
why-finished = 该事故已结束，不会再有提醒。
why-nag = *第 { $number } 次提醒* 应于 { $due }
why-nag-unsent = *提醒* 应于 { $due }
why-acknowledgement = *确认时限* { $due }
why-waiting-nag = { $left }后发出，期间有人发布进展则不发
why-waiting = 还剩 { $left }
why-due-now = 已到时间，即将发出
why-sent = { $time } 发出
why-missed = 逾期无人确认，于 { $time } 发现
why-on-time = （准时）
why-late = （晚了 { $late }）
why-on-its-way = 正在送往 Slack
why-failed = Slack 未接收： `{ $code }`
why-unknown = 是否发出已无从得知：Slack 一直没有答复，我也无法查看
why-held-back = 未发出：{ $why }
held-back-finished = Slack 接收前，事故已结束
held-back-answered = Slack 接收前，已有人回应
held-back-replaced = Slack 接收前，已到下一次提醒的时间
why-unanswered = 尚无回应
why-answered-update = { $after }后 { $who } 发布了进展
why-answered-no-change = { $after }后 { $who } 回复“暂无变化”
why-answered-snooze = { $after }后 { $who } 推迟了下次提醒
why-answered-finished = { $after }后 { $who } 结束了该事故
why-answered-again = 无人回应，被下一次提醒取代
why-climbed-owner = { $time } 私信通知 { $to }
why-climbed = { $time } 升级，通知了 { $to }
why-climbed-nobody = { $time } 没有可继续通知的人
why-climb-held-back = 未通知 { $to }：{ $why }
why-spared-update = 未发出：{ $who } 于 { $time } 发布了进展
why-spared-no-change = 未发出：{ $who } 于 { $time } 报告暂无变化
why-spared-snoozed = 未发出：{ $who } 于 { $time } 将其推迟到 { $until }
why-spared-severity = 已改期：{ $who } 于 { $time } 更改了级别
why-spared-acknowledged = 已满足：{ $who } 于 { $time } 确认
why-spared-finished = 不再需要：{ $who } 于 { $time } 结束了该事故

## Refusals

refusal-acknowledged = { $who } 已于 { $time } 确认。可用 `/incident update …` 发布进展，或用 `/incident take` 接手。
refusal-resolved = { $who } 已于 { $time } 将其标记为已解决。如果还没结束，请重新打开： `/incident reopen 原因`
refusal-closed = { $who } 已于 { $time } 将其关闭。如果还没结束，请重新打开： `/incident reopen 原因`
refusal-cancelled = { $who } 已于 { $time } 将其取消。如果确属事故，请重新打开： `/incident reopen 原因`
refusal-not-resolved = 只有已解决的事故才能关闭。请先解决： `/incident resolve 小结`
refusal-still-open = 该事故尚未结束，无需重新打开。如有新情况，请用 `/incident update …` 发布进展。
refusal-already-owner = { $who } 已经是负责人。如需转交，请用 `/incident assign @某人`
refusal-already-in-role = { $who } 已经担任 { $role }。如需换人，请用 `/incident assign @某人 { $role }`
refusal-same-status = 状态已经是“{ $status }”。如需补充说明，请在后面加上文字： `/incident status { $name } 原因已查明`
refusal-same-status-since = { $who } 已于 { $time } 将状态改为“{ $status }”。如需补充说明，请在后面加上文字： `/incident status { $name } 原因已查明`
refusal-same-severity-since = { $who } 已于 { $time } 将级别设为 { $severity }。可改为：{ $known }
refusal-not-due-so-soon = 下次提醒要到 { $time } 才会发出。如需推迟，请选择更长的时间。
refusal-same-severity = 级别已经是 { $severity }。可改为：{ $known }
refusal-no-severity = 请选择级别：{ $known }
refusal-unknown-severity = 没有“{ $given }”这个级别，可用的有：{ $known }。如果它是标题的一部分，请先写级别： `/incident declare { $example } { $given } …`
refusal-no-status = 请选择状态。
refusal-unknown-status = 没有“{ $given }”这个状态。可用的有 investigating（排查中）、identified（已定位）、monitoring（观察中）、resolved（已解决）： `/incident status identified`
refusal-unknown-service = 没有“{ $given }”这个服务，可用的有：{ $known }。新服务请加到 `balefire.toml` 的 `services` 中。
refusal-unknown-incident = 没有“{ $given }”这起事故。可用 `/incident list all` 查看所有事故。
refusal-no-user = 请选择人员。
refusal-unknown-user = 不清楚“{ $given }”是谁。请输入 `@` 并从 Slack 的列表中选人： `/incident assign @某人`
refusal-nearest-verb = 没有“{ $given }”这个命令。是不是想输入 `/incident { $nearest }` ？
refusal-unknown-verb = 没有“{ $given }”这个命令。上报事故请用 `/incident declare { $given } …` ，其他命令见 `/incident help`
refusal-unknown-list = 没有“{ $given }”这个列表。可用的有 `/incident list open` （未结束的）、 `/incident list mine` （我的）和 `/incident list all` （全部）。
refusal-one-person = 一个角色只能由一人担任，请分别指派： `/incident assign @某人 comms`
refusal-no-incident-here = 不清楚你指的是哪起事故。请写明编号（可用 `/incident list` 查看），或上报新事故： `/incident declare 标题`
refusal-which = 是哪起事故？请在命令后写明编号，例如 `/incident update { $id } …`
refusal-empty-title = 事故需要标题，例如 { $example }
refusal-empty-draft = 草稿不能没有内容。如不再需要，请点击“丢弃”。
refusal-empty-text = `{ $verb }` 后面需要写内容，例如 { $example }
refusal-too-long = 共 { $chars } 个字符，最多 { $most } 个。请精简，或分两次发送。
refusal-no-duration = 请选择时长。
refusal-bad-duration = “{ $given }”不是有效的时长（1 秒到 24 小时）。请写成 `30m` 或 `1h 30m` 。
refusal-bad-date = “{ $given }”不是有效的日期。请写成 `2026-06-01` 、 `明天` 或 `周五` 。
refusal-person-left = { $who } 已不在本工作区，请另选他人。
refusal-no-audience = 草稿面向谁？ `/incident draft stakeholders` （内部）或 `/incident draft customers` （客户）
refusal-unknown-audience = 没有面向“{ $given }”的草稿。可用的有 `/incident draft stakeholders` （内部）和 `/incident draft customers` （客户）。
refusal-unknown-draft = { $number } 号草稿已不再保留。请重新起草： `/incident draft stakeholders` 或 `/incident draft customers`
refusal-draft-published = { $who } 已于 { $time } 发布该草稿。如需更正，请用 `/incident draft …` 重新起草。
refusal-draft-discarded = { $who } 已于 { $time } 丢弃该草稿。请用 `/incident draft …` 重新起草。
refusal-nag-answered = { $who } 已于 { $time } 回应过了。如有新情况，请点击卡片上的“发布进展”。
refusal-draft-replaced = { $who } 已于 { $time } 用新草稿取代它。请使用下方的新草稿。
refusal-draft-not-approved = 该草稿还需 { $missing } 人批准（目前 { $have } 人），须先有人点击“批准”。
refusal-draft-yours-ready = 你已经批准过了。可以点击“发布”。
refusal-draft-yours-waits = 你已经批准过了，还需另一人批准。
refusal-draft-approved = { $who } 已于 { $time } 批准，无需再批。请点击“发布”。
refusal-draft-changed = { $who } 于 { $time } 修改了内容，因此本次操作未生效。请先看新内容，再点击其下方的按钮。
refusal-draft-not-fit = 该内容还不能批准。请点击“编辑”并修正：
refusal-draft-template = 该草稿的模板有误：{ $error }
    请修正模板，或移除它以使用内置模板。
refusal-already-declared = { $who } 已于 { $time } 将其上报为 { $id }。查看当前情况： `/incident show { $id }`
refusal-already-dismissed = { $who } 已于 { $time } 表示这不是事故。如果确属事故： `/incident declare 标题`
refusal-unknown-report = 找不到这条报告的记录。请手动上报： `/incident declare 标题`
refusal-unreadable-form = 这个表单已失效，内容未保存。请复制已填写的内容，关闭后重新打开。
refusal-form-taken = 此前已用这个表单上报了事故，采用的是当时填写的内容；这次填写的内容未保存。请关闭表单，到该事故中修改： `/incident list`
refusal-refused-before = 未记录任何内容。Slack 把这个请求送达了两次，第一次未能执行。如果仍然需要，请重新操作一次。
refusal-not-there-yet = `/incident { $verb }` 尚未提供。现有命令见 `/incident help`
refusal-needs-form = 这里无法打开表单。请写成一行： `@Balefire { $verb } { $example }`
example-declare = P1 无法下单
example-update = 正在回滚到 v41，下次 30m
example-status = identified 数据库磁盘已满
example-severity = P1 仅影响一个地域
example-assign = @alice
example-impact = 所有用户都无法刷卡支付
example-eta = 15:30
example-service = payments, checkout
example-note = db-1 的 CPU 已达 100%
example-decision = 切换到 db-2
example-action = 为磁盘空间加告警 @alice 截止 周五
example-resolve = 已回滚到 v41
example-reopen = 错误再次出现
example-cancel = 这是一次演练
example-snooze = 30m
example-draft = customers

## Forms

form-back = 返回
form-save = 保存
form-not-saved = 未执行
form-declare = 上报事故
form-declare-submit = 上报
form-title = 出了什么问题？
form-title-example = 无法下单
form-severity-label = 级别
form-severity-hint = 不选则根据标题推测，之后可随时更改。
form-service-label = 受影响的服务
form-service-hint = 多个服务用逗号分隔。
form-impact-label = 影响：谁受到影响，表现如何？
form-impact-example = 所有用户都无法刷卡支付
form-owner-label = 负责人
form-owner-hint = 不选则按值班安排指定；没有值班安排时由你负责。
form-update = 发布进展
form-update-submit = 发布
form-update-text = 目前进展如何？
form-update-example = 有什么变化？下一步做什么？
form-next-label = 多久后发布下次进展
form-next-as-usual = 按常规节奏
form-next-as-usual-in = 按常规节奏：{ $span }后
form-status = 更改状态
form-status-label = 状态
form-status-text = 需要让大家知道什么？
form-status-hint = 填写后将作为一次进展发布。
form-severity = 更改级别
form-severity-reason = 原因
form-assign = 指派
form-assign-submit = 指派
form-for-label = 人员
form-for-hint = 仅用于待办。
form-role-label = 角色
form-role-example = 负责人
form-role-hint = 留空即为负责人。其他角色按团队习惯命名，例如 comms、scribe。
form-impact = 影响与预计恢复时间
form-eta = 预计恢复时间
form-eta-label = 预计何时恢复？
form-eta-example = 15:30，或：尚不明确
form-services = 受影响的服务
form-record = 记入时间线
form-kind-label = 类型
form-kind-note = 备注
form-kind-decision = 决定
form-kind-action = 后续待办
form-record-text = 内容
form-due-label = 截止日期
form-resolve = 标记为已解决
form-resolve-submit = 已解决
form-summary-label = 问题原因和解决办法
form-summary-example = 磁盘写满；已回滚到 v41
form-reopen = 重新打开事故
form-reopen-submit = 重新打开
form-reopen-reason = 为什么还没结束？
form-cancel = 取消事故
form-cancel-submit = 取消事故
form-cancel-reason = 为什么不是事故？
form-snooze = 推迟提醒
form-snooze-submit = 推迟
form-snooze-label = 多久后再提醒
form-snooze-hint = 所有人都会看到由谁推迟、推迟到何时。
form-draft = 编辑草稿
form-draft-text = 内容
form-draft-hint = 任何修改都会撤销已有的批准。

## Help

help-begin = *开始*
    `/incident declare [级别] [标题]` — 上报事故；不写标题则打开表单，可用 `service:名称` 指明服务
    `/incident ack` — 确认：有人在处理
help-people = *人员*
    `/incident take [角色]` — 认领角色，默认为负责人
    `/incident assign @某人 [角色]` — 指派角色
help-say = *说明情况*
    `/incident update 内容` — 发布进展；末尾可加 `下次 30m`
    `/incident status investigating|identified|monitoring|resolved [内容]` — 更改状态
    `/incident severity 级别 [原因]` — 更改级别
    `/incident impact 内容` — 谁受到影响，表现如何
    `/incident eta 内容` — 预计何时恢复
    `/incident service 名称` — 受影响的服务，用逗号分隔
    `/incident note 内容` — 将备注记入时间线
    `/incident decision 内容` — 将决定记入时间线
    `/incident action 内容 [@某人] [截止 日期]` — 记下后续待办
help-drafts = *通报与通告*
    `/incident draft stakeholders|customers` — 起草内部通报或客户通告；批准之前不会发出
help-nags = *提醒*
    `/incident snooze 30m` — 推迟下次提醒
    `/incident why` — 每次提醒的记录：应于何时发出、实际何时发出或为何没有发出
help-end = *结束*
    `/incident resolve [小结]` — 已恢复
    `/incident close` — 后续工作已完成
    `/incident reopen 原因` — 还没结束
    `/incident cancel 原因` — 不是事故
help-look = *查看*
    `/incident` — 等待你处理的事项
    `/incident show [INC-…]` — 查看某起事故的现状
    `/incident timeline [INC-…]` — 查看经过
    `/incident list [open|mine|all]` — 未结束的、我的、全部
    `/incident help [命令]` — 查看帮助
help-places = 在事故频道内无需写编号；在其他地方，请在命令后写明： `/incident update INC-2026-001 …` 。命令也可以用中文，例如 `/incident 更新 …` 。Slack 的消息列里不能使用斜杠命令，请 @ 我之后写同样的内容： `@Balefire update …`
help-example = 例如 { $example }

## The front door: when an answer would come too late or not at all

ingress-late = 还在处理中，会在后台继续。请稍后先查看事故，再决定是否重做。
ingress-broken = 我这边出了问题，已记录日志。请先查看事故，再决定是否重做。
ingress-unreadable = 我没能读懂这条命令。请再输入一次；在命令后加 `help` 可查看我能读懂的内容。
