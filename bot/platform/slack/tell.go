package slack

import (
	"context"

	"github.com/slack-go/slack"

	"earshot/bot"
)

// mostSpent is how many response_urls are counted; they live for half an hour.
const mostSpent = 10000

// Tell implements bot.Platform: where the person acted, while Slack still
// takes it there; else as an ephemeral message in that channel; else as a
// direct message.
func (p *Platform) Tell(ctx context.Context, in bot.Interaction, view bot.View) error {
	return p.drawn(ctx, view, false, func(content slack.MsgOption) error {
		if url := in.Handle[handleResponse]; url != "" && p.spend(url, in) {
			err := p.respond(ctx, url, in, content)
			if err == nil || bot.KindOf(err) == bot.ErrUncertain {
				return err
			}
			p.spentUp(url) // whatever it wants, it is not asked again
			p.log.Debug("answered another way", "error", err)
		}
		err := p.ephemeral(ctx, in, content)
		if kind := bot.KindOf(err); kind == bot.ErrGone || kind == bot.ErrInvalid && !pictured(refusal(err)) {
			err = p.direct(ctx, in, content)
		}
		return err
	})
}

// spend counts a use of a response_url; false when none is left, or its time
// is over.
func (p *Platform) spend(url string, in bot.Interaction) bool {
	if p.now().Sub(in.At) > responseFor {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.spent) >= mostSpent {
		clear(p.spent)
	}
	p.spent[url]++
	return p.spent[url] <= responseUses
}

// spentUp has a response_url not used any more.
func (p *Platform) spentUp(url string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spent[url] = responseUses
}

// respond answers by response_url. The next page of a list takes the place of
// the one before.
func (p *Platform) respond(ctx context.Context, url string, in bot.Interaction, content slack.MsgOption) error {
	call, traced := p.call(ctx, "response_url")
	call.pace = "response_url " + in.ID // each has a limit of its own
	options := []slack.MsgOption{content, slack.MsgOptionResponseURL(url, slack.ResponseTypeEphemeral)}
	if in.Handle[handlePrivate] != "" && in.Action.Turns() {
		options = []slack.MsgOption{content, slack.MsgOptionReplaceOriginal(url)}
	} else if thread := in.Handle[handleThread]; thread != "" {
		options = append(options, slack.MsgOptionTS(thread))
	}
	_, _, _, err := p.api.SendMessageContext(traced, in.Channel, options...)
	return call.write(err)
}

func (p *Platform) ephemeral(ctx context.Context, in bot.Interaction, content slack.MsgOption) error {
	if in.Channel == "" {
		return bot.Errorf(bot.ErrGone, "There is no channel to answer in.")
	}
	call, traced := p.call(ctx, "chat.postEphemeral")
	call.where = in.Channel
	if err := call.wait(tierMany); err != nil {
		return err
	}
	options := []slack.MsgOption{content}
	if thread := in.Handle[handleThread]; thread != "" {
		options = append(options, slack.MsgOptionTS(thread))
	}
	_, err := p.api.PostEphemeralContext(traced, in.Channel, in.By.ID, options...)
	return call.write(err)
}

// direct sends a direct message: chat.postMessage takes a person's id for one
// (docs.slack.dev/reference/methods/chat.postMessage#dms).
func (p *Platform) direct(ctx context.Context, in bot.Interaction, content slack.MsgOption) error {
	call, traced := p.call(ctx, "chat.postMessage")
	call.in(in.By.ID).where = "your direct messages"
	if err := call.wait(tierChannel); err != nil {
		return err
	}
	_, _, err := p.api.PostMessageContext(traced, in.By.ID, content, slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	return call.write(err)
}

func (p *Platform) openView(ctx context.Context, trigger string, m slack.ModalViewRequest) error {
	if trigger == "" {
		return bot.Errorf(bot.ErrUnsupported, "Slack opens no form here.")
	}
	call, traced := p.call(ctx, "views.open")
	if err := call.wait(tierMany); err != nil {
		return err
	}
	_, err := p.api.OpenViewContext(traced, trigger, m)
	return call.read(err)
}

func (p *Platform) updateView(ctx context.Context, id string, m slack.ModalViewRequest) error {
	call, traced := p.call(ctx, "views.update")
	if err := call.wait(tierMany); err != nil {
		return err
	}
	_, err := p.api.UpdateViewContext(traced, m, "", "", id)
	return call.read(err)
}
