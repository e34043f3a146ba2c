"""The chat completions of the OpenAI API, so that programs that speak it can ask: Open WebUI, any SDK."""
