"""Owns the label lists of the two heads and how every data set's own labels map to them."""

from __future__ import annotations

INTENTS = [
    "cancel_order", "change_order", "change_shipping_address", "check_cancellation_fee", "check_invoice",
    "check_payment_methods", "check_refund_policy", "complaint", "contact_customer_service", "create_account",
    "delete_account", "delivery_options", "delivery_period", "edit_account", "get_invoice", "get_refund",
    "newsletter_subscription", "payment_issue", "place_order", "recover_password", "registration_problems",
    "review", "set_up_shipping_address", "switch_account", "track_order", "track_refund",
    "talk_to_person", "greeting", "goodbye", "thanks", "affirm", "deny", "chitchat", "other",
]

TAGS = ["O"] + [f"{p}-{k}" for k in ("person", "address", "product", "issue", "place", "company") for p in "BI"]

# kinds of written out-of-scope lines that a head label covers; `personal_case` is covered by none
OUT_OF_SCOPE = {"wants_person": "talk_to_person", "complaint": "complaint", "chitchat": "chitchat",
                "other_domain": "other", "nonsense": "other"}

RENAMED = {"contact_human_agent": "talk_to_person"}

CLINC = {
    "greeting": "greeting", "goodbye": "goodbye", "thank_you": "thanks", "yes": "affirm", "no": "deny",
    "order_status": "track_order",
} | dict.fromkeys(
    ["are_you_a_bot", "do_you_have_pets", "fun_fact", "how_old_are_you", "meaning_of_life", "tell_joke",
     "what_are_your_hobbies", "what_is_your_name", "where_are_you_from", "who_do_you_work_for", "who_made_you",
     "flip_coin", "roll_dice"], "chitchat")
# close enough to a support intent that calling them "other" would teach the wrong thing
CLINC_SKIP = {"cancel", "order", "maybe", "repeat", "new_card", "pin_change", "what_can_i_ask_you", "user_name",
              "change_user_name", "account_blocked", "card_declined"}

HWU = {"general_affirm": "affirm", "general_confirm": "affirm", "general_negate": "deny",
       "general_joke": "chitchat", "general_quirky": "chitchat"}
HWU_SKIP = {"general_praise", "general_dontcare", "general_explain", "general_repeat", "general_commandstop",
            "takeaway_query", "takeaway_order"}

MULTIDOGO = {"openinggreeting": "greeting", "closinggreeting": "goodbye", "thankyou": "thanks",
             "confirmation": "affirm", "rejection": "deny"}

MULTIDOGO_TAGS = {
    "name": "person", "address": "address", "current_city": "place", "arrival_city": "place",
    "departure_city": "place", "new_city": "place", "company_name": "company", "car_brand": "product",
    "car_model": "product", "software_name": "product", "item_name": "product", "food_item": "product",
    "drink_item": "product", "service_type": "product",
}
# a word under these is neither one of ours nor clearly outside: it is left out of the loss
MULTIDOGO_UNSURE = {"username", "ingredient", "excluded_ingredient", "current_zipcode", "new_zipcode",
                    "item_code", "channel_package", "replacement_reason", "account_id"}

SNIPS_TAGS = {
    "city": "place", "state": "place", "country": "place", "location_name": "place", "geographic_poi": "place",
    "poi": "place", "current_location": "place", "restaurant_name": "place", "service": "company",
    "artist": "person", "object_name": "product", "movie_name": "product", "album": "product",
    "served_dish": "product",
}
SNIPS_UNSURE = {"playlist", "playlist_owner", "entity_name", "track", "facility", "cuisine"}

BITEXT_TAGS = {"person_name": "person", "delivery_city": "place", "delivery_country": "place"}

RISAWOZ_TAGS = {"名称": None, "区域": "place", "地址": "address", "城市": "place", "目的地": "place",
                "出发地": "place", "主演": "person", "导演": "person", "主演名单": "person", "片名": "product",
                "商品名称": "product", "车型": "product", "车系": "product", "品牌": "company", "系列": "product",
                "制片国家/地区": "place"}


def intent_of(source: str, name: str) -> str | None:
    """The head's label for a data set's intent; None where the set does not say."""
    if source == "bitext":
        return RENAMED.get(name, name)
    if source == "clinc150":
        return None if name in CLINC_SKIP else CLINC.get(name, "other")
    if source == "hwu64":
        return None if name in HWU_SKIP else HWU.get(name, "other")
    if source == "multidogo":
        return MULTIDOGO.get(name)
    if source == "snips":
        return "other"
    if source.startswith("written."):
        if name in WRITTEN:
            return WRITTEN[name]
        return None if any(w in name for w in UNSURE_WORDS) else "other"
    return None


# written intents with the meaning of a head label under another name
WRITTEN = {
    "shop.order_status": "track_order", "delivery.track_parcel": "track_order", "delivery.stuck_no_update": "track_order",
    "shop.cancel_before_shipping": "cancel_order", "shop.add_item_to_order": "change_order",
    "shop.refund_status": "track_refund", "shop.return_after_delivery": "get_refund", "software.refund": "get_refund",
    "shop.shipping_time": "delivery_period", "shop.change_address": "change_shipping_address",
    "delivery.redirect_address": "change_shipping_address", "shop.invoice": "get_invoice", "software.invoice": "get_invoice",
    "shop.payment_failed": "payment_issue", "software.payment_failed": "payment_issue",
    "shop.payment_methods": "check_payment_methods", "software.reset_password": "recover_password",
    "bank.app_locked_password": "recover_password", "software.change_email": "edit_account",
    "software.delete_account": "delete_account", "delivery.courier_complaint": "complaint",
}
# a written intent whose name holds one of these may or may not fall under a head label: it stays unlabelled
UNSURE_WORDS = ("order", "refund", "return", "invoice", "payment", "account", "address", "delivery", "shipping", "cancel",
                "complaint", "password", "login", "exchange", "pay_", "lost_parcel", "missed", "parcel", "fee", "subscription")
