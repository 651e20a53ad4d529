//! 简体中文：站点负责人的页面。

use protocol::draft::{EntryState, SkipReason};
use protocol::rehearsal::CurvePoint;
use protocol::understanding::{AbstainReason, HandOffReason, Tier};

use super::{ImportKind, OwnerWords};
use crate::text::Span;

pub(super) static WORDS: OwnerWords = OwnerWords {
    faq: "问答库",
    site: "站点",
    loading: "加载中…",
    no_site: "还没有站点",
    no_site_hint: "按照向导，一分钟即可创建。",
    open_guide: "打开向导",
    entries: "条目",
    gaps: "待改进",
    try_it: "试一试",
    publish: "发布",
    history: "历史",
    import: "导入",

    search_entries: "搜索问题和答案",
    tag: "标签",
    all_tags: "全部标签",
    state: "状态",
    all_states: "已发布和草稿",
    changed_only: "仅草稿",
    language: "语言",
    all_languages: "全部语言",
    new_entry: "新建条目",
    no_entries: "还没有条目",
    no_entries_hint: "写一条，或者导入现有内容：表格、文件或帮助页面。",
    hidden: "已隐藏",
    export: "导出",
    entry_count: |shown, all| {
        if shown == all { format!("共 {all} 条") } else { format!("{shown} / {all} 条") }
    },
    without_language: |language| format!("缺少{language}"),
    unpublished: |count| format!("{count} 处修改未发布"),
    state_name,
    phrasing_count: |count| format!("{count} 种问法"),

    entry_gone: "这个条目已不存在。",
    all_entries: "全部条目",
    saving: "正在保存…",
    saved_as_draft: "已存为草稿，发布后访客可见。",
    save_draft: "保存草稿",
    revert: "撤销未发布的修改",
    remove: "删除",
    question: "问题",
    phrasings: "其他问法",
    phrasings_hint: "每行一种，按访客的说法来写。",
    answer: "答案",
    answer_hint: "支持 Markdown：**加粗**、列表、[链接](https://…)。",
    preview: "预览",
    tags: "标签",
    tags_hint: "用逗号分隔。",
    covers: "问题中出现以下内容时也可回答",
    covers_hint: "这类问题针对具体个案；不勾选则转人工。",
    hide_entry: "隐藏：保留条目，但不用来回答",
    action: "网页动作",
    action_hint: "填写网页注册的动作名称，由访客的浏览器调用。",
    action_needs: "动作所需信息",
    somebody: "有人",
    take_theirs: "采用对方的版本",
    keep_mine: "保留我的版本",
    edited_by: |name, ms| format!("{name} 于{}修改", ago(ms)),
    version: |language| format!("{language}版本"),
    add_version: |language| format!("添加{language}版本"),
    remove_version: |language| format!("移除{language}版本"),
    conflict: |name| format!("{name}刚刚修改了这个条目。你写的内容仍在这里，没有丢失。"),

    no_history: "还没有任何修改。",
    operator: "运维人员",
    words_then: "当时的内容",
    restore: "恢复这一版",
    open_entry: "打开条目",
    did_publish: |count| format!("发布了问答库（{count} 条）"),
    did_write: |question| format!("编辑了“{question}”"),
    did_remove: |entry| format!("删除了 {entry}"),
    did_revert: |entry| format!("撤销了对 {entry} 的修改"),
    did_set_precision: |percent| format!("将谨慎程度设为 {percent}%"),

    import_from: "导入来源",
    page_address: "网页地址",
    file: "文件",
    or_paste: "或粘贴到这里",
    read_import: "查看内容",
    reading: "正在读取…",
    import_too_large: "内容超过 2 MiB，请拆分后再导入。",
    found_nothing: "没有找到带答案的问题。",
    fate_added: "新增",
    fate_changed: "修改现有条目",
    fate_unchanged: "已存在",
    import_kind,
    import_hint,
    found_count: |count| format!("找到 {count} 条"),
    take_count: |count| format!("将 {count} 条存为草稿"),
    import_taken: |taken, conflicts| match conflicts {
        0 => format!("已存为草稿：{taken} 条。"),
        _ => format!("已存为草稿：{taken} 条；另有 {conflicts} 条刚被他人修改，未改动。"),
    },
    skipped_count: |count| format!("{count} 处未采用"),
    skipped,

    nothing_to_publish: "所有内容均已发布。",
    publish_now: "立即发布",
    publishing: "正在发布…",
    past_questions: "用历史提问重新检验",
    no_past_questions: "还没有访客提问；有了提问就会有数据。",
    asking_again: "正在重新检验历史提问…",
    better: "变好",
    worse: "变差",
    changed: "有变化",
    before: "当前",
    after: "按草稿",
    known_right: "已知正确答案",
    published: |count| format!("已发布 {count} 条，打开着的浏览器几秒内即可生效。"),
    regression_sum: |better, worse, changed| match (better, worse, changed) {
        (0, 0, 0) => "回答没有任何变化。".to_owned(),
        (_, 0, 0) => format!("{better} 个变好，没有变差。"),
        (_, _, 0) => format!("{better} 个变好，{worse} 个变差，请查看。"),
        _ => format!("{better} 个变好，{worse} 个变差，{changed} 个有变化，请查看。"),
    },
    asked_again: |count| format!("共检验 {count} 次访客提问。"),
    times: |count| format!("{count} 次"),

    try_title: "自己问一问",
    try_question: "像访客那样写一个问题",
    try_against: "使用哪个版本",
    against_draft: "草稿",
    against_published: "已发布",
    try_hint: "可以看到会如何决定，以及原因。",
    ask: "提问",
    asking: "正在判断…",
    contenders: "最接近的条目",
    entry: "条目",
    score: "得分",
    by_meaning: "语义",
    by_words: "用词",
    by_answer: "答案",
    read_as: "理解为",
    leaves_to_person: "没有答案，转人工",
    why_asked_back: "可能指多个条目，都不够确定。",
    why_handed_off: "访客要求人工，始终优先满足。",
    answers_with: |entry| format!("回答：{entry}"),
    asks_back: |choices| format!("反问：{}", choices.join(" / ")),
    hands_off,
    why_answered,
    why_abstained,
    score_against: |at, ask, answer| match answer {
        Some(answer) => format!("把握 {at}%；达到 {answer}% 即回答，达到 {ask}% 则反问。"),
        None => format!("把握 {at}%；达到 {ask}% 则反问，只回答完全一致的问法。"),
    },

    care_title: "谨慎程度",
    care_hint: "每一百个回答中要有多少个正确。越谨慎，回答得越少。",
    answered: "已回答",
    asked_back: "反问",
    to_person: "转人工",
    care_value: |percent| format!("每 100 个中 {percent} 个正确"),
    curve_sum,
    curve_known,

    gaps_hint: "没有得到好答案的提问，按含义归类，次数多的在前。",
    grouping: "正在按含义归类…",
    no_gaps: "没有需要改进的内容",
    gaps_done: "全部处理完毕",
    no_gaps_hint: "未能回答或被标记为错误的提问会出现在这里。",
    add_to: "加入现有条目…",
    dismiss: "忽略",
    dismissed: "已忽略。",
    flagged: "被标记为错误",
    added_to: |entry| format!("已加入 {entry} 的草稿。"),
    flagged_times: |count| format!("{count} 次被标记为错误"),
    wording_count: |count| format!("{count} 种说法"),

    settings: "设置",
    save: "保存",
    saved: "已保存。",
    general: "站点",
    site_name: "访客看到的名称",
    domains: "允许显示聊天的网站",
    domains_hint: "每行一个，例如 https://shop.example",
    colour: "颜色",
    own_colour: "使用自定义颜色",
    local_answers: "由访客浏览器回答的提问",
    answers_private: "留在设备上，只上报次数",
    answers_reported: "连同答案一起上报",
    before_person: "转人工之前",
    ask_name: "姓名",
    ask_email: "邮箱",
    ask_phone: "电话",
    ask_no: "不询问",
    ask_optional: "选填",
    ask_required: "必填",
    own_question: "自定义问题",
    hours: "营业时间",
    hours_on: "仅在固定时间有人工客服",
    hours_hint: "例如 09:00-12:00, 13:00-17:30；留空表示休息。",
    zone: "时区，例如 Asia/Shanghai",
    days: ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
    notify_email: "非营业时间的留言发送到",
    after_chat: "会话结束后",
    ask_rating: "请访客评价",
    agents: "客服",
    auto_assign: "自动分配等待中的会话",
    auto_assign_hint: "分配给在线、会该语言、具备标签所需技能且手上会话最少的客服。",
    open_max: "每位客服同时接待上限",
    drafts_shown: "客服可以看到访客正在输入的内容",
    closed_days: "休息日，每行一个，例如 2026-10-01",
    identity: "已登录的访客",
    identity_hint: "由你的服务器证明访客身份；没有它，任何设备上都无法读写该访客的会话。",
    identity_show: "显示密钥",
    identity_secret: "身份密钥（仅供你的服务器使用）",
    identity_line: "在你的服务器上生成哈希，切勿放在网页中：",
    identity_rotate: "生成新密钥",
    identity_retire: "停用先前的密钥",
    identity_both: "先前的密钥仍然有效，直到你将其停用。",
    wrong_answer: "答错了？去修正",
    wrong_asked: "有访客提出了下面的问题，得到的是本条目的答案：",
    wrong_add: "添加为问法",
    consent: "同意条款",
    consent_on: "在浏览器中存储任何内容之前先征得同意",
    consent_text: "征求同意的文字",
    consent_url: "隐私政策页面",
    files: "文件",
    files_on: "访客可以发送图片和文件",
    file_size: "文件大小上限（MB）",
    new_site: "新建站点",
    create_site: "创建站点",
    guide_again: "设置向导",
    contrast: |ratio| {
        let verdict =
            if ratio >= 4.5 { "清晰易读" } else { "不易阅读，请换一种颜色" };
        format!("对比度 {ratio:.1} : 1，{verdict}")
    },

    guide: "设置向导",
    guide_lead: "五步完成，聊天即可自动回答。",
    step_site: "你的站点",
    step_look: "外观",
    step_faq: "第一批答案",
    step_faq_hint: "导入帮助页面、表格或文件，或者先写一条。",
    step_snippet: "嵌入代码",
    step_snippet_hint: "把这一行放在网页 body 结束之前。",
    step_invite: "同事",
    step_invite_hint: "邀请负责接待访客的同事。",
    page_origin: "网站地址，例如 https://shop.example",
    copy: "复制",
    copied: "已复制",
    not_seen: "还没有在你的网站上检测到。",
    check_again: "重新检测",
    step_done: "已完成",
    step_open: "待完成",
    write_first: "写一个条目",
    all_done: "聊天已经可以回答了。",
    to_inbox: "前往收件箱",
    seen: |origin| format!("已在 {origin} 上检测到。"),
    faq_ready: |count| format!("已发布 {count} 条。"),
};

fn ago(ms: u64) -> String {
    match Span::of_ms(ms) {
        Span::UnderAMinute => "刚刚".to_owned(),
        Span::Minutes(count) => format!(" {count} 分钟前"),
        Span::Hours(count) => format!(" {count} 小时前"),
        Span::Days(count) => format!(" {count} 天前"),
    }
}

fn state_name(state: EntryState) -> &'static str {
    match state {
        EntryState::Published => "已发布",
        EntryState::Added => "新草稿",
        EntryState::Changed => "有修改",
        EntryState::Removed => "待删除",
    }
}

fn import_kind(kind: ImportKind) -> &'static str {
    match kind {
        ImportKind::Url => "网页地址",
        ImportKind::Page => "网页源代码或文字",
        ImportKind::Csv => "表格（CSV）",
        ImportKind::Markdown => "Markdown",
        ImportKind::Json => "JSON",
    }
}

fn import_hint(kind: ImportKind) -> &'static str {
    match kind {
        ImportKind::Url => "由服务器读取网页：优先使用标记好的问答，否则取标题及其正文。",
        ImportKind::Page => "标题或以问号结尾的行是问题。",
        ImportKind::Csv => "首行为列名：question、answer、phrasings、tags、question_zh 等。",
        ImportKind::Markdown => "标题是问题，其下的文字是答案。",
        ImportKind::Json => "导出的问答库，或包含 question 和 answer 的列表。",
    }
}

fn skipped(line: u32, reason: SkipReason) -> String {
    let why = match reason {
        SkipReason::NoQuestion => "没有问题",
        SkipReason::NoAnswer => "没有答案",
        SkipReason::TooLong => "太长",
        SkipReason::Repeated => "重复",
        SkipReason::Unknown => "无法识别",
        SkipReason::TooMany => "条目过多",
    };
    format!("第 {line} 行：{why}")
}

fn hands_off(reason: HandOffReason) -> &'static str {
    match reason {
        HandOffReason::WantsPerson => "转人工：访客要求",
        HandOffReason::Complaint => "转人工：投诉",
        HandOffReason::NotAnswered => "转人工：没有答案",
    }
}

fn why_answered(tier: Tier) -> &'static str {
    match tier {
        Tier::Exact => "与某个问题或问法完全一致。",
        Tier::Lexical => "用词与某个条目足够吻合。",
        Tier::Encoder => "语义和用词与某个条目足够吻合。",
    }
}

fn why_abstained(reason: AbstainReason) -> &'static str {
    match reason {
        AbstainReason::Empty => "没有可判断的文字。",
        AbstainReason::TooLong => "太长，不像是一个问题。",
        AbstainReason::BelowThreshold => "没有足够接近的条目。",
        AbstainReason::TooClose => "两个条目难以区分。",
        AbstainReason::UnknownWords => "大部分词语无法识别。",
        AbstainReason::NotCovered => "涉及具体订单、金额等，条目未声明可以回答。",
        AbstainReason::NoPack => "还没有问答库。",
        AbstainReason::NoModel => "服务器没有模型。",
        AbstainReason::Shed => "服务器负载过高。",
    }
}

fn curve_sum(questions: u32, point: &CurvePoint) -> String {
    let share = u64::from(point.answered) * 100 / u64::from(questions.max(1));
    format!(
        "历史提问 {questions} 次：回答 {}（{share}%），反问 {}，转人工 {}。",
        point.answered, point.asked_back, point.left
    )
}

fn curve_known(known: u32, point: &CurvePoint) -> String {
    if known == 0 {
        return "还没有人标记过错误答案，因此无法得知准确率。".to_owned();
    }
    format!(
        "其中 {known} 次已知正确答案（来自标记和更正）：{} 个回答中 {} 个正确。",
        point.known_answered, point.known_right
    )
}
