package webhook

import "earshot/bot"

// asks is what `earshot init` asks to set one up.
func asks() []bot.SetupQuestion {
	return []bot.SetupQuestion{
		{Key: "secret", Ask: "The shared secret of the signature, at least 16 characters", Secret: "WEBHOOK_SECRET"},
	}
}

// guide is what to create first, and what to know.
const guide = `Anything that can send JSON by HTTP POST. Set ` + "`http.addr`" + `, and let the sender reach it below your public address at ` + "`/hooks/`" + ` and the source's name.

1. Make a secret of at least 16 characters, as with ` + "`openssl rand -hex 24`" + `, and give it to both sides.
2. The sender signs ` + "`timestamp.body`" + ` with HMAC-SHA256 and sends ` + "`X-Earshot-Signature: sha256=…`" + ` and ` + "`X-Earshot-Timestamp`" + `.
3. A request that is sent again with the same ` + "`Idempotency-Key`" + ` is taken once.

What cannot be stored is not acknowledged, so that the sender sends it again.`
