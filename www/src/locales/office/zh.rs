//! The office's panels in Simplified Chinese.

use protocol::http::Role;
use protocol::people::{Deed, Export};

use super::Office;

pub(crate) static OFFICE: Office = Office {
    search: "搜索",
    search_hint: "搜索全部消息",
    search_lead: "可搜索这里的每一条消息，两个字的词也能找到，最新的排在最前。",
    search_none: "没有找到相关消息",
    search_none_hint: "请减少或更换关键词，或取消筛选条件。",
    search_incomplete: "较早的消息仍在建立索引，几分钟后再搜索即可得到全部结果。",
    author: "发送者",
    anybody: "所有人",
    a_visitor: "访客",
    the_bot: "机器人",
    an_agent: "客服",
    agent: "客服",
    all_agents: "全部客服",
    status: "状态",
    any_status: "全部状态",
    from: "从",
    to: "到",
    older: "显示更早的",
    visitors: "访客",
    visitors_lead: "当前打开了本站点聊天窗口的访客及其所在页面。",
    visitors_none: "目前没有访客",
    visitors_none_hint: "访客打开聊天窗口后会立即显示在这里。",
    since: "停留时间",
    no_page: "未提供页面",
    open_conversation: "打开会话",
    nothing_said: "尚未发言",
    site: "站点",
    all_sites: "全部站点",
    reports: "报表",
    last_7: "近 7 天",
    last_30: "近 30 天",
    last_90: "近 90 天",
    export: "下载 CSV",
    reports_incomplete: "较早日期的数据仍在统计，请几分钟后再看。",
    conversations: "会话数",
    conversations_hint: "在此期间开始的会话",
    deflection: "机器人独立解决率",
    deflection_hint: "由机器人回答、无需人工的比例",
    first_reply: "首次响应",
    first_reply_hint: "中位数，从请求人工开始计算",
    resolution: "解决时长",
    resolution_hint: "中位数，从开始到结束",
    csat: "满意度",
    csat_hint: "1 至 5 分的平均值",
    in_browser: "浏览器内回答",
    in_browser_hint: "隐私站点，未产生会话",
    chart_days: "每日会话",
    by_bot: "仅机器人",
    with_person: "有人工参与",
    unanswered: "两者皆无",
    day: "日期",
    visitor_messages: "访客消息",
    bot_answers: "机器人回答",
    by_agent: "按客服",
    replies: "回复数",
    by_intent: "按意图",
    intent: "意图",
    messages: "消息数",
    ratings: "评分",
    numbers: "以表格查看数据",
    report_none: "此期间没有数据",
    total: "合计",
    people: "成员",
    role: "角色",
    second_factor: "两步验证",
    on: "已启用",
    off: "未启用",
    online: "在线",
    away: "离线",
    deactivated: "已停用",
    you: "您",
    manage: "管理",
    deactivate: "停用",
    reactivate: "重新启用",
    sign_out_agent: "在所有设备上退出登录",
    remove_factor: "移除两步验证",
    invite: "邀请成员",
    invite_lead: "每个链接可按所选角色创建一个账号，有效期七天。",
    invite_note: "受邀人",
    invite_note_hint: "仅管理员可见。",
    make_link: "生成链接",
    link_made: "请把此链接发给对方，它只显示这一次。",
    invitations: "待接受的邀请",
    revoke: "撤回",
    rules: "全员规则",
    require_factor: "所有人必须启用两步验证",
    idle_hours: "闲置多少小时后自动退出登录",
    save: "保存",
    saved: "已保存",
    audit: "审计日志",
    audit_lead: "记录谁在何时做了什么，任何内容都无法修改。",
    when: "时间",
    who: "操作人",
    what: "操作",
    nobody: "未登录",
    profile: "个人资料",
    profile_lead: "您的账号及其登录位置。",
    languages: "您可以用来回复的语言",
    skills: "技能",
    skills_hint: "用逗号分隔，例如：退款，发票。会话可据此分配。",
    password_change: "修改密码",
    password_lead: "您的其他浏览器会退出登录。",
    password_now: "当前密码",
    password_new: "新密码",
    browsers: "已登录的浏览器",
    this_browser: "当前浏览器",
    sign_out_one: "退出登录",
    sign_out_others: "退出其他所有浏览器",
    unknown_browser: "未知浏览器",
    factor_lead: "除密码外，登录时还需输入手机应用中的验证码。",
    factor_begin: "开始设置",
    factor_scan: "请用身份验证器应用扫描，或手动输入密钥。",
    factor_picture: "包含密钥的二维码",
    factor_secret: "密钥",
    factor_code: "应用中的验证码",
    factor_confirm: "启用",
    factor_remove: "停用",
    factor_remove_hint: "请输入应用中的验证码或恢复码。",
    factor_is_on: "已启用。",
    factor_needed: "所有者要求启用两步验证，请先完成设置。",
    recovery: "恢复码",
    recovery_lead: "请妥善保存。没有手机时，每个恢复码可登录一次；它们只显示这一次。",
    recovery_kept: "我已保存",
    sign_in_code: "身份验证器应用中的验证码",
    sign_in_code_hint: "也可以使用恢复码。",
    join_title: "加入客服团队",
    join: "创建账号",
    joining: "正在创建账号……",
    export_transcript: "导出文本",
    join_lead,
    duration,
    hits,
    present,
    expires,
    seen,
    stars,
    erase: "清除访客数据",
    erase_sure: "该访客写过和发过的一切都将永久删除：消息、文件、联系方式和备注，无法恢复。",
    erase_now: "永久清除",
    erased: "该访客的数据已清除。",
    receipt: "清除凭据",
    receipt_visitor: "访客",
    receipt_when: "时间",
    receipt_by: "操作人",
    receipt_conversations: "会话",
    receipt_files: "文件",
    receipt_swept: "已从搜索、历史记录、文件和日志中清除。此前所做的备份中仍有这些数据。",
    receipt_not_swept: "已从搜索、历史记录和文件中清除，日志将在几分钟内清除。此前所做的备份中仍有这些数据。",
    deed,
};

fn join_lead(by: &str, role: &'static str) -> String {
    format!("{by} 邀请您以“{role}”身份加入。")
}

fn duration(seconds: f64) -> String {
    match seconds {
        ..60.0 => format!("{seconds:.0} 秒"),
        ..3_600.0 => format!("{:.1} 分钟", seconds / 60.0),
        ..86_400.0 => format!("{:.1} 小时", seconds / 3_600.0),
        _ => format!("{:.1} 天", seconds / 86_400.0),
    }
}

fn hits(count: usize) -> String {
    format!("找到 {count} 条消息")
}

fn present(count: u32) -> String {
    format!("{count} 位访客")
}

fn expires(date: &str) -> String {
    format!("有效期至 {date}")
}

fn seen(since: &str, last: &str) -> String {
    format!("登录于 {since} · 最近使用 {last}")
}

fn stars(stars: u8) -> String {
    format!("{stars} 分")
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "所有者",
        Role::Admin => "管理员",
        Role::Agent => "客服",
        Role::Viewer => "观察者",
    }
}

fn noted(note: &str) -> String {
    if note.is_empty() { String::new() } else { format!("（{note}）") }
}

fn deed(deed: &Deed) -> String {
    match deed {
        Deed::SetUp => "完成初始设置".to_owned(),
        Deed::SignedIn { address } => format!("从 {address} 登录"),
        Deed::SignInFailed { email, address } => format!("{email} 从 {address} 登录失败"),
        Deed::SignedOut => "退出登录".to_owned(),
        Deed::SignedOutElsewhere { browsers } => format!("退出了其他 {browsers} 个浏览器"),
        Deed::SignedOutBy { agent } => format!("使 {} 在所有设备上退出登录", agent.name),
        Deed::PasswordChanged => "修改了自己的密码".to_owned(),
        Deed::ProfileChanged => "修改了个人资料".to_owned(),
        Deed::SecondFactorAdded => "启用了两步验证".to_owned(),
        Deed::SecondFactorRemoved { agent } => format!("停用了 {} 的两步验证", agent.name),
        Deed::RecoveryCodeUsed { left } => format!("使用了一个恢复码，还剩 {left} 个"),
        Deed::Invited { role: as_role, note } => {
            format!("发出邀请：{}{}", role(*as_role), noted(note))
        }
        Deed::InvitationRevoked { role: as_role, note } => {
            format!("撤回邀请：{}{}", role(*as_role), noted(note))
        }
        Deed::Joined { role: as_role, invited_by } => {
            format!("以{}身份加入，邀请人：{invited_by}", role(*as_role))
        }
        Deed::RoleChanged { agent, from, to } => {
            format!("将 {} 的角色由{}改为{}", agent.name, role(*from), role(*to))
        }
        Deed::Deactivated { agent } => format!("停用了 {}", agent.name),
        Deed::Reactivated { agent } => format!("重新启用了 {}", agent.name),
        Deed::OfficeChanged { settings } => {
            let required = if settings.second_factor_required { "必须" } else { "可选" };
            format!("修改了规则：两步验证{required}，闲置 {} 小时退出", settings.idle_hours)
        }
        Deed::SiteCreated { site } => format!("新增了站点 {site}"),
        Deed::SecretRotated { site } => format!("为 {site} 生成了新的身份密钥"),
        Deed::SecretRetired { site } => format!("停用了 {site} 先前的身份密钥"),
        Deed::CannedChanged { shortcut } => format!("修改了快捷回复 /{shortcut}"),
        Deed::CannedRemoved { shortcut } => format!("删除了快捷回复 /{shortcut}"),
        Deed::SiteChanged { site } => format!("修改了 {site} 的设置"),
        Deed::FaqPublished { site, entries } => {
            format!("发布了 {site} 的 FAQ，共 {entries} 个条目")
        }
        Deed::VisitorBlocked { visitor } => format!("屏蔽了访客 {visitor}"),
        Deed::VisitorUnblocked { visitor } => format!("解除屏蔽访客 {visitor}"),
        Deed::VisitorErased { visitor } => format!("清除了访客 {visitor} 的数据"),
        Deed::Exported { what } => match what {
            Export::Audit => "下载了审计日志".to_owned(),
            Export::Report => "下载了报表".to_owned(),
            Export::Transcript => "下载了会话记录".to_owned(),
        },
    }
}
