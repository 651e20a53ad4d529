//! Markdown: a heading is a question, what stands below it the answer. Pure.

use super::Raw;

pub(super) fn read(text: &str) -> Vec<Raw> {
    let mut sections: Vec<Raw> = Vec::new();
    let mut fenced = false;
    for (line, number) in text.lines().zip(1..) {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        match heading(line).filter(|_| !fenced && !fence) {
            Some(question) => {
                let question = question.to_owned();
                sections.push(Raw { line: number, question, ..Raw::default() });
            }
            None => {
                if let Some(section) = sections.last_mut() {
                    section.answer.push_str(line);
                    section.answer.push('\n');
                }
            }
        }
    }
    // Headings over headings are chapters.
    sections.retain(|section| !section.answer.trim().is_empty());
    sections
}

fn heading(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    let is_heading = (1..=6).contains(&level) && text.starts_with([' ', '\t']);
    is_heading.then(|| text.trim().trim_end_matches('#').trim_end())
}
