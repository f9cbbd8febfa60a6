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
duration-seconds = { $seconds } 秒
duration-minutes = { $minutes } 分钟
duration-hours = { $hours } 小时
duration-hours-minutes = { $hours } 小时 { $minutes } 分钟
duration-days = { $days } 天
duration-days-hours = { $days } 天 { $hours } 小时
# 用于“已有……没有进展”。
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
told-severity = { $emoji } { $who } 将级别由 { $from } 改为 *{ $to }*
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
told-snoozed-from = 原定于 { $from } 提醒，此后恢复每 { $rhythm }提醒一次。
told-resolved = ✅ { $who } 已解决该事故，历时 { $after }。
told-resolved-customers = 客户已获知此事故，请用 { $command } 告知已恢复
told-resolved-next = 请用 { $action } 记下后续待办，然后点击卡片上的“关闭”
told-reopened = 🔁 { $who } 重新打开了该事故：
told-cancelled = ⛔ { $who } 取消了该事故：
told-cancelled-next = 如果确属事故，请点击卡片上的“重新打开”。
told-closed = 🏁 { $who } 关闭了该事故，事故持续 { $after }。
told-closed-next = 可用 { $command } 根据时间线起草复盘报告。
told-published = 📨 { $who } 已将面向{ $audience }的 { $number } 号草稿发布到 { $channels } 。
told-published-nowhere = 📨 { $who } 已放行面向{ $audience }的 { $number } 号草稿。由于没有配置频道，请从草稿中复制并自行发送。
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
nag-answered-finished = ✅ { $who } 于 { $time } 结束了该事故。
nag-replaced = 无人回应，已有新的提醒取代本条。
alarm-unacknowledged = 🚨 { $owner } 该事故正等待您确认，确认时限为 { $due }。如已着手处理，请点击“确认”；如需转交，请点击“指派”。
alarm-unacknowledged-unowned = 🚨 该事故既无负责人，也无人确认，确认时限为 { $due }。点击“确认”的人即成为负责人。
alarm-waits-for-you = 该事故自 { $declared } 起等待您确认，确认时限为 { $due }。如已着手处理，请点击“确认”；如需转交，请点击“指派”。
alarm-climbs-at = 如仍无人回应，将于 { $time } 通知上一级。
alarm-escalation = 🚨 { $called } 能否介入？{ $why }
alarm-escalation-direct = 🚨 能否介入？{ $why }
alarm-take = 如要接手，请输入 { $command } 。
alarm-owner-asked = 已于 { $asked } 向您催问进展，至今没有回应。已有 { $quiet }没有人说明情况。
alarm-owner-acknowledge = 您是该事故的负责人，自 { $declared } 上报以来尚未确认。
alarm-nag-unanswered = 已于 { $asked } 向 { $owner } 催问进展，至今没有回应。自 { $updated } 起没有人说明情况。
alarm-nag-unowned = 该事故没有负责人，自 { $updated } 起没有人说明情况。
alarm-call-unanswered = { $owner } 尚未确认该事故，上报时间为 { $declared }。
alarm-call-unowned = 该事故没有负责人，也无人确认，上报时间为 { $declared }。
undelivered-card = ⚠️ 卡片未能发到 { $channel } 。
undelivered-nag = ⚠️ 未能在 { $channel } 中催问进展，仍请您发布一次进展。
undelivered-message = ⚠️ 有一条消息未能发到 { $channel } ，其内容已记入时间线。
undelivered-direct = ⚠️ 未能给 { $to } 发送私信。
undelivered-publication = ⚠️ 面向{ $audience }的 { $number } 号草稿未能送达 { $channel } 。我不会自动重发，请在问题排除后从草稿中复制发送。
undelivered-old-publication = ⚠️ { $number } 号草稿未能送达 { $channel } 。我不会自动重发，其内容已记入时间线。
undelivered-invitation = ⚠️ 未能将 { $users } 邀请到该事故的频道，请另行告知。
remedy = { $way_out }（Slack 返回 `{ $code }` ）
remedy-the-channel = 该频道
remedy-not-in-channel = 我不在 { $place } 中，请在其中输入 `/invite @Balefire` 。
remedy-channel-not-found = 我看不到 { $place } ：它可能不存在，或者是我未加入的私有频道。请在其中输入 `/invite @Balefire` ，或在 `balefire.toml` 中改用其他频道。
remedy-archived = 频道已归档：请取消归档 { $place } ，或在 `balefire.toml` 中改用其他频道。
remedy-scope = 应用缺少权限，请按 `manifest.yml` 重新安装。运行 `balefire doctor` 可查看缺少哪些权限。
remedy-restricted = 工作区不允许此操作，请联系工作区管理员。
remedy-person = 对方已离开工作区，或是我无法联系的访客：请另行通知，或将其工作转交他人。
remedy-messages-tab = 该应用的私信功能未开启，请在 App Home 中打开 Messages 标签页。
remedy-token = Slack 不再接受机器人的令牌，请重新安装应用并设置 `SLACK_BOT_TOKEN` 。
remedy-our-mistake = 这是我的缺陷，请反馈给维护者。原定内容可在时间线中查看： `/incident timeline { $id }`
remedy-unknown = 运行 `balefire doctor` 可检查令牌、权限和频道。

## Drafts

draft-title-stakeholders = 📝 *{ $number } 号草稿 · 内部通报*
draft-title-customers = 📝 *{ $number } 号草稿 · 客户通告*
draft-goes-to = 将发布到 { $channels }
draft-goes-nowhere = 没有配置发布频道，请从这里复制。
draft-mail = 需手动发送至：{ $addresses }
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
report-hint = 级别和标题根据原文推测，上报前都可以修改。
report-declared = ✅ { $who } 于 { $time } 上报了 { $id }
report-dismissed = { $who } 于 { $time } 表示这不是事故。
button-report-declare = 上报事故
button-report-dismiss = 不是事故

## Answers to commands and buttons

## Refusals

## Forms

## Help

## The front door: when an answer would come too late or not at all

ingress-late = 还在处理中，会在后台继续。请稍后先查看事故，再决定是否重做。
ingress-broken = 我这边出了问题，已记录日志。请先查看事故，再决定是否重做。
ingress-unreadable = 我没能读懂这条命令。请再输入一次；在命令后加 `help` 可查看我能读懂的内容。
