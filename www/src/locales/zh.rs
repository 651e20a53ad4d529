//! 简体中文。

use protocol::conversation::{Notice, Status};
use protocol::http::Role;
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use protocol::understanding::{EntityKind, HandOffReason};

use super::Strings;
use crate::text::Span;

pub(super) static STRINGS: Strings = Strings {
    office: &super::office::zh::OFFICE,
    language: "简体中文",
    switch_language: "界面语言",

    starting: "正在启动…",
    sign_in_title: "登录客服工作台",
    sign_in: "登录",
    signing_in: "正在登录…",
    sign_out: "退出登录",
    email: "邮箱",
    password: "密码",
    name: "姓名",
    set_up_title: "欢迎使用 Frontdesk",
    set_up_lead: "先创建第一位客服。此链接只能使用一次。",
    set_up: "创建并进入收件箱",
    setting_up: "正在创建…",
    name_hint: "访客会看到这个名字。",
    password_hint: "至少 8 个字符。",
    unreachable: "连不上服务器，请检查网络后重试。",
    unreadable: "服务器返回了无法识别的内容，请刷新页面。",

    places: "面板",
    canned_place: "快捷回复",
    agent_menu: "我的菜单",
    faq: "问答库",
    settings: "设置",
    inbox: "收件箱",
    filters: "会话",
    empty_open: "没有访客在等待",
    empty_open_hint: "需要人工的会话会立刻出现在这里。",
    empty_bot: "机器人暂时空闲",
    empty_bot_hint: "机器人正在接待的会话会出现在这里。",
    empty_resolved: "还没有已解决的会话",
    show_more: "显示更多",
    unread: "未读",
    loading: "加载中…",
    newly_waiting: "有访客在等待",
    no_words: "还没有消息",

    choose: "请选择一个会话",
    choose_hint: "按 j / k 上下移动，回车打开，按 ? 查看全部快捷键。",
    back: "返回收件箱",
    close: "关闭",
    take_over: "接管",
    give_back: "交还机器人",
    resolve: "解决",
    reopen: "重新打开",
    details: "详情",
    transcript: "消息记录",
    reply_label: "回复内容",
    reply_takes_over: "机器人正在接待。发送回复即由您接管。",
    reply_too_long: "内容太长，请分几条发送。",
    outbox_full: "未发出的回复太多，请等连接恢复后再发。",
    send: "发送",
    resolved_bar: "此会话已解决。",
    visitor_typing: "访客正在输入…",
    sending: "发送中…",
    sent: "已发送",
    delivered: "已送达",
    read: "已读",
    not_sent: "未发出。",
    try_again: "重试",
    discard: "放弃",
    today: "今天",
    yesterday: "昨天",
    bot: "机器人",
    answered_in_browser: "由访客浏览器作答",
    answered_on_server: "由服务器作答",
    asked_back: "反问",
    entry: "条目",
    file: "文件",
    attach: "添加附件",
    uploads: "正在发送的文件",
    upload_failed: "发送失败，请检查网络后重试。",
    emoji: "表情",
    contact: "联系方式",
    no_contact: "未留下联系方式",
    phone: "电话",
    answered: "回答",
    score: "满意度",

    intent: "意图",
    no_intent: "未识别",
    entities: "关键信息",
    no_entities: "暂无",
    locale: "语言",
    status: "状态",
    waiting_since: "等待",
    nobody_waits: "无人等待",
    assignee: "负责人",
    nobody: "暂无",
    bot_mode: "机器人",
    bot_answering: "接待中",
    bot_silent: "已静默",
    site: "站点",
    confidence: "置信度",

    live: "已连接",
    connecting: "正在连接…",
    reconnecting: "连接已断开，正在重连…您写的内容已保留，恢复后自动发送。",
    stopped: "服务器关闭了连接。",
    shedding: "服务负载较高：消息照常送达，暂停显示“正在输入”。",

    keys: "快捷键",

    visitor,
    waiting,
    ago,
    unsent,
    waiting_count,
    locale_name,
    status_name,
    role_name,
    entity_name,
    intent_name,
    notice,
    refusal,
};

fn visitor(id: &str) -> String {
    format!("访客 {id}")
}

fn length(span: Span) -> String {
    match span {
        Span::UnderAMinute => "不到 1 分钟".to_owned(),
        Span::Minutes(count) => format!("{count} 分钟"),
        Span::Hours(count) => format!("{count} 小时"),
        Span::Days(count) => format!("{count} 天"),
    }
}

fn waiting(span: Span) -> String {
    format!("已等 {}", length(span).replace("不到 1 分钟", "<1 分钟"))
}

fn ago(span: Span) -> String {
    match span {
        Span::UnderAMinute => "刚刚".to_owned(),
        Span::Minutes(_) | Span::Hours(_) | Span::Days(_) => format!("{}前", length(span)),
    }
}

fn unsent(count: usize) -> String {
    format!("有 {count} 条回复待发送。")
}

fn waiting_count(count: usize) -> String {
    match count {
        0 => "无人等待".to_owned(),
        _ => format!("{count} 位访客在等待"),
    }
}

fn locale_name(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "英语",
        Locale::Zh => "中文",
    }
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Pending => "机器人接待中",
        Status::Open => "待处理",
        Status::Snoozed => "已搁置",
        Status::Resolved => "已解决",
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Owner => "所有者",
        Role::Admin => "管理员",
        Role::Agent => "客服",
        Role::Viewer => "只读成员",
    }
}

fn entity_name(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::OrderNumber => "订单号",
        EntityKind::TrackingNumber => "运单号",
        EntityKind::Phone => "电话",
        EntityKind::Email => "邮箱",
        EntityKind::Url => "链接",
        EntityKind::Date => "日期",
        EntityKind::Time => "时间",
        EntityKind::Amount => "金额",
        EntityKind::Quantity => "数量",
        EntityKind::CardNumber => "卡号",
        EntityKind::Person => "姓名",
        EntityKind::Address => "地址",
        EntityKind::Product => "商品",
        EntityKind::Issue => "问题",
        EntityKind::Place => "地点",
        EntityKind::Company => "公司",
    }
}

/// The shipped model's intents, sorted by name.
const INTENTS: &[(&str, &str)] = &[
    ("affirm", "肯定"),
    ("cancel_order", "取消订单"),
    ("change_order", "修改订单"),
    ("change_shipping_address", "修改收货地址"),
    ("check_cancellation_fee", "查询取消费用"),
    ("check_invoice", "查询发票"),
    ("check_payment_methods", "支付方式"),
    ("check_refund_policy", "退款政策"),
    ("chitchat", "闲聊"),
    ("complaint", "投诉"),
    ("contact_customer_service", "联系客服"),
    ("create_account", "注册账号"),
    ("delete_account", "注销账号"),
    ("delivery_options", "配送方式"),
    ("delivery_period", "配送时效"),
    ("deny", "否定"),
    ("edit_account", "修改账号资料"),
    ("get_invoice", "开具发票"),
    ("get_refund", "申请退款"),
    ("goodbye", "道别"),
    ("greeting", "打招呼"),
    ("newsletter_subscription", "订阅资讯"),
    ("other", "其他"),
    ("payment_issue", "支付问题"),
    ("place_order", "下单"),
    ("recover_password", "找回密码"),
    ("registration_problems", "注册问题"),
    ("review", "评价"),
    ("set_up_shipping_address", "设置收货地址"),
    ("switch_account", "切换账号"),
    ("talk_to_person", "转人工"),
    ("thanks", "致谢"),
    ("track_order", "查询物流"),
    ("track_refund", "查询退款进度"),
];

fn intent_name(name: &str) -> Option<&'static str> {
    let at = INTENTS.binary_search_by_key(&name, |(intent, _)| *intent).ok()?;
    Some(INTENTS[at].1)
}

fn notice(notice: &Notice) -> String {
    match notice {
        Notice::HandedOff { reason: HandOffReason::WantsPerson } => {
            "转人工：访客要求人工服务".to_owned()
        }
        Notice::HandedOff { reason: HandOffReason::Complaint } => "转人工：访客投诉".to_owned(),
        Notice::HandedOff { reason: HandOffReason::NotAnswered } => {
            "转人工：机器人没有答案".to_owned()
        }
        Notice::AgentJoined { name } => format!("{name} 已加入会话"),
        Notice::GivenBack => "已交还机器人".to_owned(),
        Notice::AnswerFlagged { .. } => "访客认为某条回答有误".to_owned(),
        Notice::Resolved => "会话已解决".to_owned(),
        Notice::Reopened => "会话已重新打开".to_owned(),
        Notice::Rated { score, comment } => {
            let score = u8::from(*score);
            let said =
                if comment.is_empty() { String::new() } else { format!("：“{comment}”") };
            format!("访客评分：{score} 分（满分 5 分）{said}")
        }
    }
}

fn refusal(code: RefusalCode) -> &'static str {
    match code {
        RefusalCode::MalformedFrame => "服务器无法识别该操作，请刷新页面。",
        RefusalCode::FrameTooLarge | RefusalCode::TextTooLong => "内容太长。",
        RefusalCode::EmptyText => "没有可发送的内容。",
        RefusalCode::TooFast => "操作太频繁，请稍候。",
        RefusalCode::TokenMissing | RefusalCode::TokenInvalid | RefusalCode::NotSignedIn => {
            "请重新登录。"
        }
        RefusalCode::TokenExpired => "登录已过期，请重新登录。",
        RefusalCode::IdentityRefused => "网站未能证明该访客的身份。",
        RefusalCode::UnknownSite => "该站点不存在。",
        RefusalCode::UnknownOrigin => "当前访问地址不在允许范围内。",
        RefusalCode::UnknownConversation => "该会话不存在。",
        RefusalCode::UnknownEntry => "该 FAQ 条目不存在。",
        RefusalCode::UnknownMessage => "该消息不存在。",
        RefusalCode::IdConflict => "该内容已以另一形式写入，请重新填写。",
        RefusalCode::Forbidden => "您的角色没有此权限。",
        RefusalCode::WrongCredentials => "邮箱或密码不正确。",
        RefusalCode::CodeNeeded => "请输入身份验证器应用中的验证码。",
        RefusalCode::CodeWrong => "验证码不正确或已被使用，请等待下一个验证码后重试。",
        RefusalCode::SecondFactorNeeded => "所有者要求启用两步验证，请先在个人资料中完成设置。",
        RefusalCode::InvitationInvalid => "该邀请已被使用、撤回或过期，请索取新的邀请链接。",
        RefusalCode::AddressTaken => "该邮箱已有账号。",
        RefusalCode::LastOwner => "至少要保留一位所有者，请先将他人设为所有者。",
        RefusalCode::SetUpLinkInvalid => "该设置链接已使用或已失效，重启服务器可获得新链接。",
        RefusalCode::AssignedMeanwhile => "该会话已由其他同事负责。",
        RefusalCode::AnsweredMeanwhile => "同事刚刚已回复。请先查看，仍要发送可点“重试”。",
        RefusalCode::Blocked => "该访客已被拉黑。",
        RefusalCode::TooMany => "数量已达上限，请先移除一个。",
        RefusalCode::BotSilent => "人工接待中，机器人保持静默。",
        RefusalCode::InvalidBody => "填写的内容有误，请检查。",
        RefusalCode::NoSpace => "服务器磁盘已满，请联系运维人员。",
        RefusalCode::LogPoisoned => "服务器无法写入磁盘，请联系运维人员。",
        RefusalCode::Busy => "服务器繁忙，请稍后再试。",
        RefusalCode::NotFound => "内容不存在。",
        RefusalCode::FileTooLarge => "文件太大，请换一个小一些的。",
        RefusalCode::FileKind => "不支持发送这种文件，或文件内容与扩展名不符。",
        RefusalCode::ImageTooLarge => "图片像素过大，请缩小后再发送。",
        RefusalCode::FileQuota => "文件空间已满，请联系管理员。",
        RefusalCode::NotRatable => "本次对话已经评价过了。",
        RefusalCode::MailOff => "尚未配置邮件服务，请运维人员添加 `[mail]` 配置。",
        RefusalCode::InvalidEmail => "邮箱地址格式不正确。",
        RefusalCode::UploadStalled => "上传中断，请检查网络后重试。",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intents_are_sorted_so_that_each_is_found() {
        for (name, words) in INTENTS {
            assert_eq!(intent_name(name), Some(*words));
        }
        assert_eq!(intent_name("shop.gift_wrap"), None);
    }
}
