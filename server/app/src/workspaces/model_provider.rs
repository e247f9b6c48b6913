//! Which provider a model slug belongs to: the part before the first slash decides.
//!
//! Mirrors the mapping of the hermes template's boot script. Two prefixes differ on purpose:
//! `nousresearch` and `openai` go through `openrouter`, whose key every organisation has.

/// Prefixes, and the provider they stand for.
const PREFIXES: &[(&[&str], &str)] = &[
    (&["minimax"], "minimax"),
    (&["minimax-cn"], "minimax-cn"),
    (&["anthropic"], "anthropic"),
    (&["gemini"], "gemini"),
    (&["deepseek"], "deepseek"),
    (&["zai"], "zai"),
    (&["kimi-coding"], "kimi-coding"),
    (&["kimi-coding-cn"], "kimi-coding-cn"),
    (&["alibaba", "dashscope", "qwen"], "alibaba"),
    (&["xiaomi", "mimo"], "xiaomi"),
    (&["arcee", "arcee-ai"], "arcee"),
    (&["nvidia", "nim"], "nvidia"),
    (&["ollama-cloud"], "ollama-cloud"),
    (&["huggingface", "hf"], "huggingface"),
    (&["ai-gateway", "aigateway"], "ai-gateway"),
    (&["openai-codex"], "openai-codex"),
    (&["kilocode"], "kilocode"),
    (&["opencode-zen"], "opencode-zen"),
    (&["opencode-go"], "opencode-go"),
    (&["openrouter", "nousresearch", "openai"], "openrouter"),
    (&["custom"], "custom"),
    (&["xai", "grok"], "xai"),
    (&["bedrock", "aws"], "bedrock"),
    (&["tencent", "tencent-tokenhub"], "tencent-tokenhub"),
    (&["gmi"], "gmi"),
    (&["qwen-oauth"], "qwen-oauth"),
    (&["lmstudio", "lm-studio"], "lmstudio"),
    (&["minimax-oauth"], "minimax-oauth"),
    (&["alibaba-coding-plan"], "alibaba-coding-plan"),
    (&["google-gemini-cli"], "google-gemini-cli"),
    (&["copilot-acp"], "copilot-acp"),
    (&["copilot"], "copilot"),
];

/// The provider of a model slug; `None` for no prefix or an unknown one, never a guess.
pub fn provider_of(model: &str) -> Option<&'static str> {
    let (prefix, _) = model.split_once('/')?;
    PREFIXES.iter().find(|(prefixes, _)| prefixes.contains(&prefix)).map(|(_, provider)| *provider)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_prefix_decides_and_an_unknown_one_decides_nothing() {
        for (model, provider) in [
            ("minimax/MiniMax-M2", Some("minimax")),
            ("anthropic/claude-opus-4-7", Some("anthropic")),
            ("openai/gpt-5", Some("openrouter")),
            ("nousresearch/hermes-4", Some("openrouter")),
            ("qwen/qwen3/x", Some("alibaba")),
            ("hf/x", Some("huggingface")),
            ("sonnet", None),
            ("/x", None),
            ("", None),
            ("Anthropic/x", None),
            ("unheard-of/x", None),
        ] {
            assert_eq!(provider_of(model), provider, "{model:?}");
        }
    }

    #[test]
    fn no_prefix_is_listed_twice() {
        let mut all: Vec<_> = PREFIXES.iter().flat_map(|(prefixes, _)| prefixes.iter()).collect();
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    proptest! {
        #[test]
        fn text_without_a_slash_has_no_provider(text in "[^/]*") {
            prop_assert_eq!(provider_of(&text), None);
        }
    }
}
