//! 简体中文。

use protocol::refusal::RefusalCode;

use super::Strings;
use crate::words::joined;

pub(super) const STRINGS: Strings = Strings {
    chat: "在线客服",
    composer: "请输入您的问题…",
    send: "发送",
    attach: "发送文件",
    emoji: "表情",
    mail: "发送对话记录到邮箱",
    close: "关闭聊天",
    talk_to_person: "转人工客服",
    person_asked: "已为您呼叫人工",
    with_agent: |name| joined(&["正在为您服务：", name]),
    status_connecting: "正在连接…",
    status_online: "很高兴为您服务",
    status_instant: "常见问题即问即答，随时可转人工",
    status_reconnecting: "正在重新连接…消息不会丢失",
    status_person_coming: "人工客服将在这里回复您",
    queue_position: |number| joined(&["排队中，您当前排在第 ", number, " 位"]),
    welcome: "您好，请问有什么可以帮您？",
    welcome_text: "常见问题马上就有答案；想找人工，点一下就行。",
    private_hint: "即时问答只留在您的设备上，转人工后才会发送",
    you: "我",
    bot: "智能助手",
    instant_answer: "即时回答",
    on_device: "仅保存在本设备",
    wrong_answer: "答得不对？",
    flagged: "感谢反馈，我们会核对这条回答。",
    choices: "您想问的是不是：",
    none_of_these: "都不是",
    waiting: "发送中…",
    waiting_offline: "等待网络恢复后发送",
    sent: "已送达",
    delivered: "已送达",
    read: "已读",
    unsent: "未发送",
    retry: "重新发送",
    outbox_full: "待发送的消息太多了。您输入的内容还在，请等前面的消息发出后再发送。",
    text_too_long: "内容太长了，请分成两条发送。",
    storage_blocked: "浏览器不允许本页保存数据，消息发出之前请不要关闭页面。",
    slowed_down: "咨询的人有点多，请稍候，消息会自动重新发送。",
    load_instant: "开启即时回答",
    loading_instant: "正在加载即时回答…",
    asking_person: "正在呼叫人工客服…",
    handed_off: "已为您转接人工客服，稍后会在这里回复您。您可以继续留言。",
    handed_off_not_answered: "这个问题我没有十足把握，已为您转接人工客服，稍后会在这里回复您。",
    agent_joined: |name| joined(&["客服 ", name, " 已加入对话"]),
    given_back: "现在由智能助手继续为您解答，需要时仍可随时转人工。",
    answer_flagged: "您已反馈一条回答有误",
    resolved: "本次对话已结束。还有问题的话，直接留言即可继续。",
    reopened: "对话已重新开启",
    typing: |name| joined(&[name, "正在输入"]),
    thinking: "智能助手正在查找答案",
    agent: "人工客服",
    today: "今天",
    yesterday: "昨天",
    refusal,
};

fn refusal(code: RefusalCode) -> &'static str {
    match code {
        RefusalCode::EmptyText => "消息内容为空，请重新输入。",
        RefusalCode::TextTooLong | RefusalCode::FrameTooLarge => "内容太长，请分成两条发送。",
        RefusalCode::TooFast => "发送得太快了，请稍等片刻再试。",
        RefusalCode::TokenMissing
        | RefusalCode::TokenInvalid
        | RefusalCode::TokenExpired
        | RefusalCode::NotSignedIn
        | RefusalCode::WrongCredentials
        | RefusalCode::CodeNeeded
        | RefusalCode::CodeWrong
        | RefusalCode::SecondFactorNeeded
        | RefusalCode::InvitationInvalid
        | RefusalCode::AddressTaken
        | RefusalCode::LastOwner
        | RefusalCode::SetUpLinkInvalid => "登录状态已失效，请刷新页面后重试。",
        RefusalCode::UnknownSite | RefusalCode::UnknownOrigin | RefusalCode::IdentityRefused => {
            "本网站尚未开通在线客服，请联系网站管理员。"
        }
        RefusalCode::UnknownConversation
        | RefusalCode::UnknownMessage
        | RefusalCode::UnknownEntry
        | RefusalCode::NotFound => "原对话已不存在，请重新发送这条消息。",
        RefusalCode::Forbidden | RefusalCode::Blocked => {
            "暂时无法在此与您对话，请通过其他方式联系我们。"
        }
        RefusalCode::BotSilent => "人工客服正在为您服务，请重新发送，消息会直接送达客服。",
        RefusalCode::NoSpace | RefusalCode::LogPoisoned => "系统暂时无法接收消息，请过几分钟再试。",
        RefusalCode::Busy => "当前咨询人数较多，请一分钟后再试。",
        RefusalCode::MalformedFrame
        | RefusalCode::IdConflict
        | RefusalCode::AssignedMeanwhile
        | RefusalCode::AnsweredMeanwhile
        | RefusalCode::TooMany
        | RefusalCode::InvalidBody
        | RefusalCode::FileTooLarge
        | RefusalCode::FileKind
        | RefusalCode::ImageTooLarge
        | RefusalCode::FileQuota
        | RefusalCode::NotRatable
        | RefusalCode::MailOff
        | RefusalCode::InvalidEmail
        | RefusalCode::UploadStalled => "系统出了点问题，请重新发送。",
    }
}
