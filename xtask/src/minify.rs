//! Scripts as browsers download them: short names, no spaces, nothing that is never reached. It
//! knows no file.

use anyhow::bail;
use oxc::allocator::Allocator;
use oxc::codegen::{Codegen, CodegenOptions};
use oxc::minifier::{CompressOptions, MangleOptions, Minifier, MinifierOptions};
use oxc::parser::Parser;
use oxc::span::SourceType;

/// How a script is loaded: what a classic one declares at its top belongs to the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Classic,
    Module,
}

/// # Errors
/// The script does not parse.
pub(crate) fn minified(script: &str, kind: Kind) -> anyhow::Result<String> {
    let allocator = Allocator::default();
    let source = match kind {
        Kind::Classic => SourceType::script(),
        Kind::Module => SourceType::mjs(),
    };
    let parsed = Parser::new(&allocator, script, source).parse();
    if let Some(error) = parsed.diagnostics.first() {
        bail!("{error}");
    }
    let mut program = parsed.program;
    let mangle =
        MangleOptions { top_level: Some(kind == Kind::Module), ..MangleOptions::default() };
    let options = MinifierOptions {
        mangle: Some(mangle),
        compress: Some(CompressOptions::default()),
        mangle_properties: None,
    };
    let scoping = Minifier::new(options).minify(&allocator, &mut program).scoping;
    let written =
        Codegen::new().with_options(CodegenOptions::minify()).with_scoping(scoping).build(&program);
    Ok(written.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_what_others_use_stays() {
        let script = "// a\nconst longName = 1;\nexport const load = () => longName + 1;\n";
        let short = minified(script, Kind::Module).unwrap();
        assert!(short.contains("load") && !short.contains("longName"), "{short}");
        let classic = minified("var kept = 1;", Kind::Classic).unwrap();
        assert!(classic.contains("kept"), "{classic}");
        assert!(minified("const = 1;", Kind::Module).is_err());
    }
}
