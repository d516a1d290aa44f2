//go:build !onnx

package onnx

import (
	"earshot/bot"
	"earshot/bot/opinion"
)

// Load says that this binary has no place for such models.
func Load(string) (opinion.Reader, func() error, error) {
	return nil, nil, bot.Errorf(bot.ErrUnsupported, "This binary was built without models from files. Build it with: go build -trimpath -tags 'sqlite_fts5 onnx' ./cmd/earshot")
}
