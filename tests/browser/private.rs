//! With answers kept private, what was asked on the device stays there: no request, frame or beacon
//! carries a word of it, online, offline, and on the way back.

use anyhow::Result;
use protocol::locale::Locale;
use tests::browser::Browser;
use tests::conditions::Network;
use tests::page::Page;
use tests::process::{Installation, LocalAnswers, ServerProcess};
use tests::twin::{Paraphrase, Twin};

use crate::shop::{COMPOSER, Chat, ENGLISH, wait_until};

const ONLINE: &str = "document.querySelector('[data-link]').dataset.link === 'online'";
const RECONNECTING: &str = "document.querySelector('[data-link]').dataset.link === 'reconnecting'";

const QUESTIONS_COUNT: usize = 4;

async fn server_with(answers: LocalAnswers) -> Result<ServerProcess> {
    let installation = Installation::demo()?;
    installation.set_local_answers(answers)?;
    ServerProcess::start(installation).await
}

/// Runs of four words: more than any answer, address or title shares with a question by chance.
fn traces(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(4.min(words.len())).map(|run| run.join(" ")).collect()
}

/// What left the page with a part of the text in it, however it is written there.
fn carriers(page: &Page, text: &str) -> Vec<String> {
    let requests = page.requests_since(0).into_iter().map(|at| format!("{} {}", at.url, at.body));
    let told: Vec<String> = requests.chain(page.frames_sent_since(0)).collect();
    let mut found = Vec::new();
    for trace in traces(text) {
        let json = serde_json::Value::from(trace.as_str()).to_string();
        let spellings = [
            json.trim_matches('"').to_owned(),
            trace.replace(' ', "+"),
            trace.replace(' ', "%20"),
            trace,
        ];
        let carries = |told: &&String| spellings.iter().any(|spelling| told.contains(spelling));
        found.extend(told.iter().filter(carries).cloned());
    }
    found
}

async fn answered_on_the_device(chat: &Chat, question: &Paraphrase) -> Result<()> {
    let answer = chat.ask(&question.text).await?;
    assert!(answer.instant, "{answer:?}");
    Ok(())
}

/// Two questions online and two offline.
async fn ask_all(chat: &Chat, questions: &[Paraphrase]) -> Result<()> {
    chat.widget.wait_for(ONLINE).await?;
    for question in &questions[..2] {
        answered_on_the_device(chat, question).await?;
    }
    chat.page.set_network(Network::Offline).await?;
    // Chromium closes no socket when its tools go offline; a network that goes says so.
    chat.widget.evaluate("dispatchEvent(new Event('offline'))").await?;
    chat.widget.wait_for(RECONNECTING).await?;
    for question in &questions[2..] {
        answered_on_the_device(chat, question).await?;
    }
    chat.page.set_network(Network::Unlimited).await?;
    chat.widget.evaluate("dispatchEvent(new Event('online'))").await?;
    chat.widget.wait_for(ONLINE).await.map(drop)
}

#[tokio::test]
async fn no_word_of_a_private_question_leaves_the_device() -> Result<()> {
    let server = server_with(LocalAnswers::Private).await?;
    let questions =
        Twin::of_server(&server.origin).await?.paraphrases(Locale::En, QUESTIONS_COUNT)?;
    let browser = Browser::launch().await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    ask_all(&chat, &questions).await?;
    // Nor does what is only typed: agents see drafts of those alone who asked for a person.
    let draft = "is there any chance that my uncle gets";
    chat.widget.fill(COMPOSER, draft).await?;
    let chat = Chat::open_on(chat.page, &server, ENGLISH).await?;
    chat.widget.wait_for(ONLINE).await?;
    wait_until(&chat.widget, "the history", |all| all.len() >= 2 * QUESTIONS_COUNT).await?;
    for question in &questions {
        assert_eq!(carriers(&chat.page, &question.text), [""; 0], "{}", question.text);
    }
    assert_eq!(carriers(&chat.page, draft), [""; 0]);
    // Marking an answer as wrong is telling: this question goes, and no other.
    chat.widget.click("[data-fd=flag]").await?;
    wait_until(&chat.widget, "it is told", |all| {
        all.iter().any(|at| at.author == "visitor" && at.state == "sent")
    })
    .await?;
    for (idx, question) in questions.iter().enumerate() {
        let told = !carriers(&chat.page, &question.text).is_empty();
        assert_eq!(told, idx == 0, "{}", question.text);
    }
    Ok(())
}

/// The sibling that shows that a word that leaves would have been found.
#[tokio::test]
async fn where_the_owner_is_told_the_same_questions_are_found_on_the_wire() -> Result<()> {
    let server = server_with(LocalAnswers::Reported).await?;
    let questions =
        Twin::of_server(&server.origin).await?.paraphrases(Locale::En, QUESTIONS_COUNT)?;
    let browser = Browser::launch().await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    ask_all(&chat, &questions).await?;
    wait_until(&chat.widget, "all are told", |all| {
        all.iter().filter(|at| at.author == "visitor").all(|at| at.state == "sent")
    })
    .await?;
    for question in &questions {
        assert!(!carriers(&chat.page, &question.text).is_empty(), "{}", question.text);
    }
    Ok(())
}
