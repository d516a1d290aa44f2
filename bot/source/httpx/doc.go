// Package httpx is the one HTTP client that every source uses. It refuses to
// reach into private networks (also after a redirect and after DNS), bounds
// time, redirects and decompressed size, reads Retry-After, and turns every
// failure into a bot.Error of the right kind, without a secret in it.
package httpx
