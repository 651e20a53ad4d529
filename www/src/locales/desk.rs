//! The words of the inbox and of what agents do there, in every language of the console.

use protocol::inbox::Priority;
use protocol::locale::Locale;
use protocol::team::{Aside, AsideKind};

use crate::browser;
use crate::keys::Command;
use crate::snooze::Snooze;

pub(crate) struct Words {
    pub(crate) view_mine: &'static str,
    pub(crate) view_unassigned: &'static str,
    pub(crate) view_all: &'static str,
    pub(crate) filter_status: &'static str,
    pub(crate) filter_sort: &'static str,
    pub(crate) filter_label: &'static str,
    pub(crate) filter_language: &'static str,
    pub(crate) filter_intent: &'static str,
    pub(crate) status_unresolved: &'static str,
    pub(crate) sort_latest: &'static str,
    pub(crate) sort_waiting: &'static str,
    pub(crate) more_filters: &'static str,
    pub(crate) any_label: &'static str,
    pub(crate) any_language: &'static str,
    pub(crate) any_intent: &'static str,
    pub(crate) empty_narrow: &'static str,
    pub(crate) empty_narrow_hint: &'static str,
    pub(crate) empty_snoozed: &'static str,
    pub(crate) empty_snoozed_hint: &'static str,
    pub(crate) empty_resolved_hint: &'static str,
    pub(crate) urgent: &'static str,
    pub(crate) blocked: &'static str,
    pub(crate) actions: &'static str,
    pub(crate) assign_me: &'static str,
    pub(crate) assign_note: &'static str,
    pub(crate) online: &'static str,
    pub(crate) away: &'static str,
    pub(crate) offline: &'static str,
    pub(crate) snooze: &'static str,
    pub(crate) snooze_choose: &'static str,
    pub(crate) snoozed_until_reply: &'static str,
    pub(crate) labels: &'static str,
    pub(crate) add_label: &'static str,
    pub(crate) mark_unread: &'static str,
    pub(crate) block: &'static str,
    pub(crate) block_sure: &'static str,
    pub(crate) unblock: &'static str,
    pub(crate) mode_reply: &'static str,
    pub(crate) mode_note: &'static str,
    pub(crate) preview: &'static str,
    pub(crate) note_label: &'static str,
    pub(crate) note_placeholder: &'static str,
    pub(crate) add_note: &'static str,
    pub(crate) note_hint: &'static str,
    pub(crate) reply_placeholder: &'static str,
    pub(crate) reply_keys: &'static str,
    pub(crate) crossing: &'static str,
    pub(crate) list_separator: &'static str,
    pub(crate) suggestions: &'static str,
    pub(crate) earlier: &'static str,
    pub(crate) canned: &'static str,
    pub(crate) canned_new: &'static str,
    pub(crate) canned_lead: &'static str,
    pub(crate) canned_search: &'static str,
    pub(crate) canned_empty: &'static str,
    pub(crate) canned_shortcut: &'static str,
    pub(crate) canned_text: &'static str,
    pub(crate) canned_variables: &'static str,
    pub(crate) canned_refused: &'static str,
    pub(crate) every_language: &'static str,
    pub(crate) edit: &'static str,
    pub(crate) remove: &'static str,
    pub(crate) save: &'static str,
    pub(crate) cancel: &'static str,
    pub(crate) palette: &'static str,
    pub(crate) palette_hint: &'static str,
    pub(crate) palette_empty: &'static str,
    pub(crate) available: &'static str,
    pub(crate) notify: &'static str,
    pub(crate) sound: &'static str,
    pub(crate) also_viewing: fn(&str) -> String,
    pub(crate) colleague_typing: fn(&str) -> String,
    pub(crate) me: fn(&str) -> String,
    pub(crate) note_by: fn(&str) -> String,
    pub(crate) remove_label: fn(&str) -> String,
    pub(crate) remove_canned: fn(&str) -> String,
    pub(crate) snoozed_until: fn(&str) -> String,
    pub(crate) snooze_name: fn(Snooze) -> &'static str,
    pub(crate) command_name: fn(Command) -> &'static str,
    pub(crate) doing: fn(&Aside, Locale) -> String,
}

pub(crate) fn words(locale: Locale) -> &'static Words {
    match locale {
        Locale::En => &EN,
        Locale::Zh => &ZH,
    }
}

static EN: Words = Words {
    view_mine: "Mine",
    view_unassigned: "Unassigned",
    view_all: "All",
    filter_status: "Status",
    filter_sort: "Order",
    filter_label: "Label",
    filter_language: "Language",
    filter_intent: "Intent",
    status_unresolved: "Unresolved",
    sort_latest: "Latest first",
    sort_waiting: "Longest wait first",
    more_filters: "More filters",
    any_label: "Any label",
    any_language: "Any language",
    any_intent: "Any intent",
    empty_narrow: "Nothing here",
    empty_narrow_hint: "Choose other filters to see more.",
    empty_snoozed: "Nothing is snoozed",
    empty_snoozed_hint: "Snoozed conversations come back by themselves.",
    empty_resolved_hint: "Resolved conversations are kept here.",
    urgent: "Urgent",
    blocked: "Blocked",
    actions: "Actions",
    assign_me: "Assign to me",
    assign_note: "Note to whoever gets it",
    online: "online",
    away: "away",
    offline: "offline",
    snooze: "Snooze",
    snooze_choose: "Until …",
    snoozed_until_reply: "Comes back when the visitor writes.",
    labels: "Labels",
    add_label: "Add a label, then Enter",
    mark_unread: "Mark unread",
    block: "Block visitor",
    block_sure: "Really block?",
    unblock: "Unblock",
    mode_reply: "Reply",
    mode_note: "Private note",
    preview: "Preview",
    note_label: "Private note",
    note_placeholder: "Only colleagues see this …",
    add_note: "Add note",
    note_hint: "Enter adds the note · the visitor never sees it",
    reply_placeholder: "Write a reply, or / for a canned one …",
    reply_keys: "Enter sends · Shift+Enter starts a line · Markdown works",
    crossing: "Press Enter again to send yours all the same.",
    list_separator: ", ",
    suggestions: "Suggested answers",
    earlier: "Earlier conversations",
    canned: "Canned responses",
    canned_new: "New response",
    canned_lead: "Type / in a reply to use one. Everybody who answers visitors shares them.",
    canned_search: "Search canned responses",
    canned_empty: "There are none yet.",
    canned_shortcut: "Shortcut",
    canned_text: "Text (Markdown)",
    canned_variables: "{{visitor.name}} and {{agent.name}} are filled in when it is used.",
    canned_refused: "It was not saved. A shortcut is letters, digits, - and _, once a language.",
    every_language: "Every language",
    edit: "Edit",
    remove: "Remove",
    save: "Save",
    cancel: "Cancel",
    palette: "Go to",
    palette_hint: "Conversation, panel or action …",
    palette_empty: "Nothing found.",
    available: "Give me conversations",
    notify: "Desktop notifications",
    sound: "Sound",
    also_viewing: |names| format!("{names} also viewing this."),
    colleague_typing: |name| format!("{name} is writing a reply …"),
    me: |name| format!("{name} (me)"),
    note_by: |name| format!("Private note by {name}"),
    remove_label: |label| format!("Remove label {label}"),
    remove_canned: |shortcut| format!("Remove /{shortcut}"),
    snoozed_until: |moment| format!("Comes back on {moment}."),
    snooze_name: |snooze| match snooze {
        Snooze::Hour => "for an hour",
        Snooze::FourHours => "for four hours",
        Snooze::Tomorrow => "until tomorrow morning",
        Snooze::NextWeek => "for a week",
        Snooze::Reply => "until the visitor writes",
    },
    command_name: |command| match command {
        Command::Palette => "Go anywhere",
        Command::Next => "Next conversation",
        Command::Previous => "Previous conversation",
        Command::Go => "Go to a panel (i inbox, c canned responses …)",
        Command::Reply => "Write a reply",
        Command::Note => "Write a private note",
        Command::Suggestion(_) => "Insert a suggested answer",
        Command::AssignMe => "Assign to me",
        Command::TakeOver => "Take over from the bot, or give back",
        Command::Snooze => "Snooze",
        Command::Label => "Add a label",
        Command::Urgent => "Mark as urgent, or not",
        Command::MarkUnread => "Mark unread",
        Command::Resolve => "Resolve",
        Command::Back => "Back",
        Command::ShowKeys => "Keyboard shortcuts",
    },
    doing: doing_en,
};

static ZH: Words = Words {
    view_mine: "我的",
    view_unassigned: "未分配",
    view_all: "全部",
    filter_status: "状态",
    filter_sort: "排序",
    filter_label: "标签",
    filter_language: "语言",
    filter_intent: "意图",
    status_unresolved: "未解决",
    sort_latest: "最新优先",
    sort_waiting: "等待最久优先",
    more_filters: "更多筛选",
    any_label: "全部标签",
    any_language: "全部语言",
    any_intent: "全部意图",
    empty_narrow: "没有符合条件的会话",
    empty_narrow_hint: "换个筛选条件看看。",
    empty_snoozed: "没有搁置的会话",
    empty_snoozed_hint: "搁置的会话到时间会自动回来。",
    empty_resolved_hint: "已解决的会话都保存在这里。",
    urgent: "紧急",
    blocked: "已拉黑",
    actions: "操作",
    assign_me: "分配给我",
    assign_note: "给接手同事的留言",
    online: "在线",
    away: "离开",
    offline: "离线",
    snooze: "搁置",
    snooze_choose: "直到…",
    snoozed_until_reply: "访客再次发言时自动回来。",
    labels: "标签",
    add_label: "输入标签后回车",
    mark_unread: "标为未读",
    block: "拉黑访客",
    block_sure: "确定拉黑？",
    unblock: "解除拉黑",
    mode_reply: "回复",
    mode_note: "内部备注",
    preview: "预览",
    note_label: "内部备注",
    note_placeholder: "仅同事可见…",
    add_note: "添加备注",
    note_hint: "回车添加备注 · 访客看不到",
    reply_placeholder: "输入回复，按 / 选用快捷回复…",
    reply_keys: "回车发送 · Shift+回车换行 · 支持 Markdown",
    crossing: "再按一次回车仍然发送。",
    list_separator: "、",
    suggestions: "推荐答案",
    earlier: "历史会话",
    canned: "快捷回复",
    canned_new: "新建",
    canned_lead: "回复时输入 / 即可选用，所有客服共用。",
    canned_search: "搜索快捷回复",
    canned_empty: "还没有快捷回复。",
    canned_shortcut: "快捷词",
    canned_text: "内容（Markdown）",
    canned_variables: "使用时会自动填入 {{visitor.name}}（访客）和 {{agent.name}}（客服）。",
    canned_refused: "保存失败。快捷词只能包含文字、数字、- 和 _，且同一语言内不能重复。",
    every_language: "所有语言",
    edit: "编辑",
    remove: "删除",
    save: "保存",
    cancel: "取消",
    palette: "快速跳转",
    palette_hint: "搜索会话、面板或操作…",
    palette_empty: "没有找到。",
    available: "接受自动分配",
    notify: "桌面通知",
    sound: "提示音",
    also_viewing: |names| format!("{names}也在查看此会话。"),
    colleague_typing: |name| format!("{name}正在回复…"),
    me: |name| format!("{name}（我）"),
    note_by: |name| format!("{name}的内部备注"),
    remove_label: |label| format!("移除标签“{label}”"),
    remove_canned: |shortcut| format!("删除 /{shortcut}"),
    snoozed_until: |moment| format!("将于 {moment} 回来。"),
    snooze_name: |snooze| match snooze {
        Snooze::Hour => "一小时后",
        Snooze::FourHours => "四小时后",
        Snooze::Tomorrow => "明天上午",
        Snooze::NextWeek => "一周后",
        Snooze::Reply => "访客再次发言时",
    },
    command_name: |command| match command {
        Command::Palette => "跳转到任意位置",
        Command::Next => "下一个会话",
        Command::Previous => "上一个会话",
        Command::Go => "前往面板（i 收件箱，c 快捷回复…）",
        Command::Reply => "写回复",
        Command::Note => "写内部备注",
        Command::Suggestion(_) => "插入推荐答案",
        Command::AssignMe => "分配给我",
        Command::TakeOver => "接管 / 交还机器人",
        Command::Snooze => "搁置",
        Command::Label => "添加标签",
        Command::Urgent => "标为紧急 / 取消",
        Command::MarkUnread => "标为未读",
        Command::Resolve => "标为已解决",
        Command::Back => "返回",
        Command::ShowKeys => "键盘快捷键",
    },
    doing: doing_zh,
};

fn doing_en(aside: &Aside, locale: Locale) -> String {
    let by = aside.by.as_ref().map(|by| by.name.as_str());
    let who = by.unwrap_or("Frontdesk");
    match &aside.what {
        AsideKind::Note { text } => format!("{who}: {text}"),
        AsideKind::Assigned { to: Some(to), .. } if by == Some(&to.name) => {
            format!("{who} took this conversation")
        }
        AsideKind::Assigned { to: Some(to), .. } => format!("{who} assigned this to {}", to.name),
        AsideKind::Assigned { to: None, .. } => format!("{who} left this to whoever has time"),
        AsideKind::Snoozed { until_ms: Some(at) } => {
            format!("{who} snoozed this until {}", browser::moment(*at, locale))
        }
        AsideKind::Snoozed { until_ms: None } => {
            format!("{who} snoozed this until the visitor writes")
        }
        AsideKind::Woke => "The snooze is over".to_owned(),
        AsideKind::Labelled { added, removed } => {
            let added = added.iter().map(|label| format!("+{label}"));
            let removed = removed.iter().map(|label| format!("−{label}"));
            let changes: Vec<_> = added.chain(removed).collect();
            format!("{who} changed labels: {}", changes.join(", "))
        }
        AsideKind::Prioritized { priority: Priority::Urgent } => {
            format!("{who} marked this urgent")
        }
        AsideKind::Prioritized { priority: Priority::Normal } => {
            format!("{who} marked this not urgent")
        }
        AsideKind::Blocked => format!("{who} blocked the visitor"),
        AsideKind::Unblocked => format!("{who} unblocked the visitor"),
    }
}

fn doing_zh(aside: &Aside, locale: Locale) -> String {
    let by = aside.by.as_ref().map(|by| by.name.as_str());
    let who = by.unwrap_or("系统");
    match &aside.what {
        AsideKind::Note { text } => format!("{who}：{text}"),
        AsideKind::Assigned { to: Some(to), .. } if by == Some(&to.name) => {
            format!("{who} 领取了会话")
        }
        AsideKind::Assigned { to: Some(to), .. } => format!("{who} 将会话分配给 {}", to.name),
        AsideKind::Assigned { to: None, .. } => format!("{who} 取消了分配"),
        AsideKind::Snoozed { until_ms: Some(at) } => {
            format!("{who} 将会话搁置到 {}", browser::moment(*at, locale))
        }
        AsideKind::Snoozed { until_ms: None } => format!("{who} 将会话搁置到访客再次发言"),
        AsideKind::Woke => "搁置时间已到".to_owned(),
        AsideKind::Labelled { added, removed } => {
            let added = added.iter().map(|label| format!("+{label}"));
            let removed = removed.iter().map(|label| format!("−{label}"));
            let changes: Vec<_> = added.chain(removed).collect();
            format!("{who} 修改了标签：{}", changes.join("、"))
        }
        AsideKind::Prioritized { priority: Priority::Urgent } => format!("{who} 标为紧急"),
        AsideKind::Prioritized { priority: Priority::Normal } => format!("{who} 取消了紧急"),
        AsideKind::Blocked => format!("{who} 拉黑了访客"),
        AsideKind::Unblocked => format!("{who} 解除了拉黑"),
    }
}
