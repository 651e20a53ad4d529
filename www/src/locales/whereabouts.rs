//! Words about who a visitor is and where on the site they are.

use protocol::context::DeviceKind;
use protocol::locale::Locale;

pub(crate) struct Whereabouts {
    pub(crate) title: &'static str,
    pub(crate) person: &'static str,
    pub(crate) proven: &'static str,
    pub(crate) name: &'static str,
    pub(crate) email: &'static str,
    pub(crate) user_id: &'static str,
    pub(crate) presence: &'static str,
    pub(crate) online: &'static str,
    pub(crate) left: &'static str,
    pub(crate) page: &'static str,
    pub(crate) path: &'static str,
    pub(crate) referrer: &'static str,
    pub(crate) language: &'static str,
    pub(crate) device: &'static str,
    pub(crate) attributes: &'static str,
    pub(crate) yes: &'static str,
    pub(crate) no: &'static str,
    pub(crate) device_kind: fn(DeviceKind) -> &'static str,
}

pub(crate) fn whereabouts(locale: Locale) -> &'static Whereabouts {
    match locale {
        Locale::En => &EN,
        Locale::Zh => &ZH,
    }
}

static EN: Whereabouts = Whereabouts {
    title: "Visitor",
    person: "Person",
    proven: "Proven by the site",
    name: "Name",
    email: "E-mail",
    user_id: "Id on the site",
    presence: "Presence",
    online: "On the site now",
    left: "Has left",
    page: "Page",
    path: "Path through the site",
    referrer: "Came from",
    language: "Browser's language",
    device: "Device",
    attributes: "Attributes",
    yes: "yes",
    no: "no",
    device_kind: |kind| match kind {
        DeviceKind::Desktop => "Computer",
        DeviceKind::Phone => "Phone",
        DeviceKind::Tablet => "Tablet",
    },
};

static ZH: Whereabouts = Whereabouts {
    title: "访客",
    person: "身份",
    proven: "已由网站验证",
    name: "姓名",
    email: "邮箱",
    user_id: "网站用户 ID",
    presence: "在线状态",
    online: "正在浏览网站",
    left: "已离开",
    page: "当前页面",
    path: "浏览路径",
    referrer: "来源",
    language: "浏览器语言",
    device: "设备",
    attributes: "属性",
    yes: "是",
    no: "否",
    device_kind: |kind| match kind {
        DeviceKind::Desktop => "电脑",
        DeviceKind::Phone => "手机",
        DeviceKind::Tablet => "平板",
    },
};
