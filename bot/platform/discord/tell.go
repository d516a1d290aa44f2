package discord

import (
	"context"
	"hash/fnv"
	"net/http"

	"earshot/bot"
)

// The keys of Interaction.Handle.
const (
	handleToken = "token"
	handleApp   = "app"
)

// interactionBucket begins the buckets of answers to interactions.
const interactionBucket = "interaction "

// bucketOf spreads answers over a few buckets: discordgo sends one call of a
// bucket at a time and keeps every bucket for ever, so neither one for all nor
// one each will do.
func bucketOf(token string) string {
	h := fnv.New32a()
	h.Write([]byte(token))
	return interactionBucket + itoa(int(h.Sum32()%32))
}

// Tell implements bot.Platform: by the interaction while it lives, else by a
// direct message.
func (p *Platform) Tell(ctx context.Context, in bot.Interaction, view bot.View) error {
	return p.tell(ctx, in, draw(view, drawing{}))
}

func (p *Platform) tell(ctx context.Context, in bot.Interaction, m message) error {
	token, app := in.Handle[handleToken], in.Handle[handleApp]
	if token != "" && app != "" && p.now().Sub(in.At) < tokenLife {
		err := p.followUp(ctx, app, token, m)
		if kind := bot.KindOf(err); err == nil || kind != bot.ErrGone && kind != bot.ErrUnauthorized {
			return err
		}
	}
	channel, err := p.direct(ctx, in.By.ID)
	if err != nil {
		return err
	}
	m.Flags = flagComponents
	_, err = p.create(ctx, channel, "this person's direct messages", m)
	return err
}

// followUp adds a message to an interaction that only its person sees.
func (p *Platform) followUp(ctx context.Context, app, token string, m message) error {
	m.Flags = flagComponents | flagEphemeral
	return p.api.call(ctx, request{method: http.MethodPost, path: "/webhooks/" + app + "/" + token, bucket: bucketOf(token),
		body: m, files: m.files, repeats: true, about: "this interaction"}, nil)
}

// direct is the channel of direct messages with a person.
func (p *Platform) direct(ctx context.Context, userID string) (string, error) {
	if !snowflake(userID) {
		return "", bot.Errorf(bot.ErrGone, "This person is not known in Discord.")
	}
	p.mu.Lock()
	id := p.dms[userID]
	p.mu.Unlock()
	if id != "" {
		return id, nil
	}
	var c channel
	err := p.api.call(ctx, request{method: http.MethodPost, path: "/users/@me/channels", bucket: "dms",
		body: map[string]string{"recipient_id": userID}, about: "this person's direct messages"}, &c)
	if err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.dms) >= maxBuckets {
		clear(p.dms)
	}
	p.dms[userID] = c.ID
	return c.ID, nil
}
