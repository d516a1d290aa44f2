package slack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/slack-go/slack"

	"earshot/bot"
	"earshot/bot/text"
)

const (
	mostPictures = 5   // of one view: what is read in 30 seconds
	mostFiles    = 256 // remembered, so that an edit does not upload again
)

// upload brings the charts of a view to Slack
// (docs.slack.dev/messaging/working-with-files#uploading_files) and gives their
// file ids. The files are shared nowhere: the message shows them.
func (p *Platform) upload(ctx context.Context, blocks []bot.Block) (map[*bot.Image]string, error) {
	var ids map[*bot.Image]string
	for _, b := range blocks {
		if b.Kind != bot.BlockImage || b.Image == nil || len(b.Image.PNG) == 0 || len(ids) >= mostPictures {
			continue
		}
		id, err := p.uploadOne(ctx, b.Image)
		if bot.KindOf(err) == bot.ErrInvalid {
			p.log.Warn("chart refused, described instead", "error", err)
			continue
		}
		if err != nil {
			return nil, err
		}
		if ids == nil {
			ids = map[*bot.Image]string{}
		}
		ids[b.Image] = id
	}
	return ids, nil
}

func (p *Platform) uploadOne(ctx context.Context, img *bot.Image) (string, error) {
	sum := sha256.Sum256(img.PNG)
	digest := hex.EncodeToString(sum[:])
	p.mu.Lock()
	id := p.files[digest]
	p.mu.Unlock()
	if id != "" {
		return id, nil
	}
	call, traced := p.call(ctx, "files.getUploadURLExternal")
	if err := call.wait(tierMany); err != nil {
		return "", err
	}
	alt := cut(orElse(text.OneLine(img.Alt), "chart"), 1000)
	file, err := p.api.UploadFileContext(traced, slack.UploadFileParameters{
		Reader: bytes.NewReader(img.PNG), FileSize: len(img.PNG), Filename: orElse(text.OneLine(img.Name), "chart.png"), Title: cut(alt, 200), AltTxt: alt})
	if err != nil {
		return "", call.read(err) // a file that nobody sees does no harm twice
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.files) >= mostFiles {
		clear(p.files)
	}
	p.files[digest] = file.ID
	return file.ID, nil
}
