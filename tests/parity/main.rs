//! The browser's assistant and the server's are one: every answer, entry and score is the same to
//! the last bit, on every line of the demo's question file, in a real Chromium.

use anyhow::{Context, Result};
use protocol::understanding::Decision;
use protocol::worker::Outcome;
use serde_json::Value;
use tests::browser::Browser;
use tests::demo::{Question, paraphrases, questions};
use tests::eventually::report_figure;
use tests::http;
use tests::process::ServerProcess;
use tests::twin::Twin;

/// Questions of one evaluation: some seconds at most, also on a busy machine.
const BATCH_QUESTIONS: usize = 64;

#[tokio::test]
async fn native_and_wasm_agree_to_the_bit_on_every_question() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut twin = Twin::of_server(&server.origin).await?;
    let browser = Browser::launch().await?;
    let page = browser.new_page().await?;
    // A document of our own origin, with the widget's own policy.
    page.open(&format!("{}/widget?site=demo", server.origin)).await?;
    let document = page.main().await?;
    document.evaluate(&load_script(&server, &twin).await?).await?;
    let mut all = questions()?;
    assert!(all.len() > 300, "only {} questions", all.len());
    all.extend(paraphrases()?);
    let (mut answered, mut differing) = (0, Vec::new());
    for batch in all.chunks(BATCH_QUESTIONS) {
        let outcomes = document.evaluate(&ask_script(batch)).await?;
        let outcomes = outcomes.as_array().context("no outcomes")?.clone();
        assert_eq!(outcomes.len(), batch.len());
        for (question, wasm) in batch.iter().zip(&outcomes) {
            let native = twin.ask(&question.text, question.locale);
            answered += usize::from(matches!(native.decision, Decision::Answer { .. }));
            // Numbers are written in the shortest form that reads back to the same bits.
            let native_text = serde_json::to_string(&native)?;
            let wasm_text = wasm.as_str().context("no outcome")?;
            if native_text != wasm_text || !same_bits(&native, &serde_json::from_str(wasm_text)?) {
                differing.push((question.text.clone(), native_text, wasm_text.to_owned()));
            }
        }
    }
    assert!(differing.is_empty(), "{} differ, first {:?}", differing.len(), differing[0]);
    assert!(answered > 0, "agreement on nothing proves nothing");
    report_figure(&format!("{} questions, {answered} answered, all equal to the bit", all.len()));
    Ok(())
}

fn same_bits(one: &Outcome, other: &Outcome) -> bool {
    scores(one) == scores(other)
}

/// Every score an outcome holds, as bits.
fn scores(outcome: &Outcome) -> Vec<u32> {
    let intent = outcome.understanding.intent.iter().map(|intent| intent.confidence.0);
    let decided: Vec<f32> = match &outcome.decision {
        Decision::Answer { confidence, .. } => vec![confidence.0],
        Decision::Abstain { candidates, .. } => {
            candidates.iter().map(|candidate| candidate.confidence.0).collect()
        }
        Decision::AskBack { .. } | Decision::HandOff { .. } => Vec::new(),
    };
    intent.chain(decided).map(f32::to_bits).collect()
}

/// Loads the module and the same files the twin was made of.
async fn load_script(server: &ServerProcess, twin: &Twin) -> Result<String> {
    let worker = http::get(&server.origin, &twin.urls.worker, &[]).await?.text();
    let asset = |part: &str| {
        let quoted = worker.split(['"', '`']).find(|piece| piece.contains(part));
        quoted.map(str::to_owned).with_context(|| format!("no {part} in the Worker"))
    };
    let (glue, module) = (asset("/assets/ai_wasm.")?, asset("/assets/ai_wasm_bg.")?);
    let urls = [&twin.urls.manifest, &twin.urls.weights, &twin.urls.vocab, &twin.urls.pack];
    Ok(format!(
        "(async () => {{
            const glue = await import({glue});
            await glue.default({{ module_or_path: {module} }});
            const bytes = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
            const [manifest, weights, vocab, pack] = await Promise.all({urls}.map(bytes));
            window.assistant = new glue.Assistant();
            window.assistant.load_model(manifest, weights, vocab);
            window.assistant.load_pack(pack);
        }})()",
        glue = Value::from(glue),
        module = Value::from(module),
        urls = serde_json::to_string(&urls)?,
    ))
}

fn ask_script(batch: &[Question]) -> String {
    let asked: Vec<Value> = batch
        .iter()
        .map(|question| serde_json::json!([question.text, question.locale.tag()]))
        .collect();
    format!("{}.map(([text, tag]) => window.assistant.ask(text, tag))", Value::from(asked))
}
