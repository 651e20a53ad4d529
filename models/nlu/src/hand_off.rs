//! Questions that go to a person at once, by their words: few rules, each nearly always right. What
//! they miss is left to the model's intents.

use protocol::understanding::HandOffReason;

/// The reason to hand off a normalized text.
pub(crate) fn reason(normalized: &str) -> Option<HandOffReason> {
    if wants_person(normalized) {
        Some(HandOffReason::WantsPerson)
    } else if complains(normalized) {
        Some(HandOffReason::Complaint)
    } else {
        None
    }
}

pub(crate) fn wants_person(normalized: &str) -> bool {
    let padded = format!(" {normalized} ");
    WHOLE.contains(&normalized)
        || (contains(normalized, &PERSON_ZH) && !contains(normalized, &ABOUT_SERVICE_ZH))
        || contains(&padded, &PERSON_EN)
        || asks_for_somebody(&padded)
}

pub(crate) fn complains(normalized: &str) -> bool {
    let padded = format!(" {normalized} ");
    contains(normalized, &COMPLAINT_ZH) || contains(&padded, &COMPLAINT_EN)
}

/// The whole message is the wish.
const WHOLE: [&str; 18] = [
    "agent",
    "human",
    "person",
    "operator",
    "representative",
    "rep",
    "real person",
    "live agent",
    "live chat",
    "human please",
    "agent please",
    "customer service rep",
    "support agent",
    "人工",
    "真人",
    "客服",
    "找客服",
    "人工客服",
];

const PERSON_ZH: [&str; 31] = [
    "叫个活人",
    "叫人来",
    "转人弓",
    "专人工",
    "找个管事的",
    "转rengong",
    "一下人工",
    "人工人工",
    "转人吧",
    "转人工",
    "转接人工",
    "人工客服",
    "人工服务",
    "要人工",
    "找人工",
    "接人工",
    "真人客服",
    "找个真人",
    "找真人",
    "要真人",
    "转真人",
    "接客服",
    "换个人",
    "叫个人",
    "和客服人员",
    "找你们经理",
    "叫你们经理",
    "叫你们领导",
    "让负责人",
    "不要跟机器人",
    "不要机器人",
];

/// Questions about the service, which an entry may answer.
const ABOUT_SERVICE_ZH: [&str; 8] =
    ["几点", "上班", "时间", "多久", "电话", "邮箱", "周末", "收费"];

const PERSON_EN: [&str; 17] = [
    " an advisor ",
    " someone call me ",
    " somebody ring me ",
    " call me back ",
    " need a person ",
    " real human ",
    " human being ",
    " live agent ",
    " live person ",
    " actual person ",
    " real person ",
    " human agent ",
    " a human ",
    " put me through ",
    " not a bot ",
    " want a bot ",
    " human support ",
];

fn asks_for_somebody(padded: &str) -> bool {
    let talk = [
        " talk to ",
        " talk with ",
        " speak to ",
        " speak with ",
        " chat with ",
        " connect me to ",
        " connect me with ",
        " transfer me to ",
        " transferred to ",
        " get me ",
        " give me ",
    ];
    talk.iter().any(|verb| {
        let Some(at) = padded.find(verb) else { return false };
        // The one asked for stands within a few words of the verb.
        let rest = &padded[at + verb.len() - 1..];
        let near = rest.char_indices().filter(|(_, c)| *c == ' ').nth(WORDS_BETWEEN_MAX + 1);
        let near = near.map_or(rest, |(end, _)| &rest[..=end]);
        contains(near, &SOMEBODY)
    })
}

const SOMEBODY: [&str; 14] = [
    " someone ",
    " somebody ",
    " person ",
    " human ",
    " agent ",
    " representative ",
    " operator ",
    " supervisor ",
    " manager ",
    " advisor ",
    " support staff ",
    " member of your team ",
    " whoever ",
    " technician ",
];

const WORDS_BETWEEN_MAX: usize = 4;

const COMPLAINT_ZH: [&str; 18] = [
    "投诉",
    "12315",
    "消协",
    "曝光你们",
    "骗子",
    "律师函",
    "找律师",
    "破公司",
    "垃圾公司",
    "垃圾平台",
    "态度恶劣",
    "态度极其恶劣",
    "还我血汗钱",
    "差评差评",
    "给个说法",
    "霸王条款",
    "受够了",
    "气死我",
];

const COMPLAINT_EN: [&str; 22] = [
    " want to complain ",
    " like to complain ",
    " make a complaint ",
    " formal complaint ",
    " file a complaint ",
    " you people are ",
    " worst company ",
    " worst service ",
    " total rip off ",
    " youre a scam ",
    " trading standards ",
    " small claims court ",
    " my lawyer ",
    " never using you again ",
    " absolutely disgusting ",
    " unacceptable ",
    " sick and tired of ",
    " demand an apology ",
    " shame on you ",
    " taking the mick ",
    " beyond a joke ",
    " treat your customers ",
];

fn contains(text: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| text.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::lexical::normalize;

    fn check(text: &str, expected: Option<HandOffReason>) {
        let mut normalized = String::new();
        normalize(text, &mut normalized);
        assert_eq!(reason(&normalized), expected, "{text:?}");
    }

    #[test]
    fn wishes_for_a_person_are_heard() {
        for text in [
            "转人工",
            "转人工!!!",
            "人工客服",
            "给我转人工服务",
            "我不要跟机器人说话",
            "Human please!",
            "agent",
            "talk to a human",
            "I want to speak to a real person",
            "can i talk with someone from support",
            "please connect me to your manager",
            "get me an agent NOW",
        ] {
            check(text, Some(HandOffReason::WantsPerson));
        }
    }

    #[test]
    fn complaints_are_heard() {
        for text in
            ["我要投诉", "再不处理我打12315了", "I want to complain", "this is unacceptable."]
        {
            check(text, Some(HandOffReason::Complaint));
        }
    }

    #[test]
    fn questions_that_only_sound_like_it_are_not() {
        for text in [
            "",
            "人工客服几点上班",
            "客服电话多少",
            "这个壶是人工做的吗",
            "is it made by hand by a person?",
            "can i speak english with you",
            "give me the tracking number",
            "my agent did not deliver",
            "how do i talk to my delivery company",
            "is the glaze toxic to humans",
            "垃圾怎么分类",
        ] {
            check(text, None);
        }
    }
}
