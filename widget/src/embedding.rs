//! The customer's page as the reducer meets it: what it says and is told. Pure, like all of the
//! state; ports and windows are `page`'s.

use alloc::vec::Vec;

use crate::wire::WidgetToPage;
use protocol::screens::Screen;

use crate::state::{Effect, Now, State};
use crate::wire::{PageToWidget, VisitorFrame};

impl State {
    pub(crate) fn take_page(&mut self, message: PageToWidget, now: Now, out: &mut Vec<Effect>) {
        match message {
            PageToWidget::Hello { visit, locale } => {
                self.locale = locale.unwrap_or(self.locale);
                out.push(Effect::Tell(WidgetToPage::Ready));
                self.visit = Some(visit);
                self.tell_visit(out);
            }
            PageToWidget::Visit(visit) => {
                self.visit = Some(visit);
                self.tell_visit(out);
            }
            PageToWidget::Shown => self.panel_open = true,
            PageToWidget::Hidden => self.panel_open = false,
            PageToWidget::SetLocale { locale } => self.locale = locale,
            PageToWidget::Identify(identity) => {
                // Two people on one device never see each other's conversation.
                let other = self.identity.as_ref().is_some_and(|known| *known != identity.id);
                if other {
                    self.start_over(out);
                    out.push(Effect::ForgetVisitor);
                }
                self.identity = Some(identity.id.clone());
                out.push(Effect::Identify(identity));
            }
            PageToWidget::Ask { text } => self.submit(&text, now, out),
            PageToWidget::ActionDone { call, text, choices } => {
                self.action_done(call, text, choices, now, out);
            }
            PageToWidget::ActionFailed { call } => self.action_failed(call, now, out),
            PageToWidget::MayNotify { allowed } => {
                let screen = if allowed { Screen::NotifyAllowed } else { Screen::NotifyForbidden };
                out.push(Effect::Show(screen));
            }
            PageToWidget::Reset => {
                self.start_over(out);
                out.push(Effect::ForgetVisitor);
                out.push(Effect::Tell(WidgetToPage::Forgotten));
            }
        }
    }

    /// Agents see where the visitor is, as long as there is a connection.
    pub(crate) fn tell_visit(&self, out: &mut Vec<Effect>) {
        if let Some(visit) = &self.visit {
            self.send(VisitorFrame::Visit(visit.clone()), out);
        }
    }
}
