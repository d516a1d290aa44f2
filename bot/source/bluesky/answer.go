package bluesky

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"net/url"
	"time"

	"earshot/bot"
	"earshot/bot/text"
)

// Ways implements bot.Answerer.
func (s *Source) Ways(m bot.Mention) []bot.Way {
	if _, _, ok := split(m.ExternalID); !ok || !s.account() || m.Deleted {
		return nil
	}
	return []bot.Way{{Name: "public", Label: "Public reply on Bluesky as @" + s.set.Handle, Public: true, Limit: maxGraphemes, Place: "Bluesky"}}
}

// Length implements bot.Answerer: Bluesky counts graphemes, 300 of them, and
// bytes, 3,000 of them (app.bsky.feed.post): ten bytes weigh one grapheme where
// that is more.
func (s *Source) Length(t string) int {
	return max(text.Length(t), (len(t)*maxGraphemes+maxBytes-1)/maxBytes)
}

// Answer implements bot.Answerer. The record's key and all that is in it follow
// from the reply, and it is put only where nothing is: sent twice it stands
// once.
func (s *Source) Answer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, error) {
	if n := s.Length(r.Text); n > maxGraphemes {
		return bot.Placed{}, bot.Errorf(bot.ErrInvalid, "The answer counts %d characters; Bluesky takes %d.", n, maxGraphemes)
	}
	parent, root, err := s.thread(ctx, m.ExternalID)
	if err != nil {
		return bot.Placed{}, err
	}
	if err := s.mayReply(ctx, m.ExternalID); err != nil {
		return bot.Placed{}, err
	}
	rec := map[string]any{
		"$type": collection, "text": r.Text, "createdAt": r.CreatedAt.UTC().Format("2006-01-02T15:04:05.000Z"),
		"reply": map[string]any{"root": root, "parent": parent},
	}
	facets, err := s.facets(ctx, r.Text)
	if err != nil {
		return bot.Placed{}, err
	}
	if len(facets) > 0 {
		rec["facets"] = facets
	}
	if _, err := s.token(ctx, ""); err != nil {
		return bot.Placed{}, err
	}
	did, key := s.did(), recordKey(m, r)
	in := map[string]any{"repo": did, "collection": collection, "rkey": key, "record": rec, "validate": true, "swapRecord": nil}
	var sent strongRef
	err = s.asUs(ctx, call{method: put, body: in}, &sent)
	if nameOf(err) == "InvalidSwap" { // it stands already, in other words: how a name was resolved may differ
		return placed(did, key), nil
	}
	if err != nil {
		return bot.Placed{}, err
	}
	return placed(did, key), nil
}

// mayReply tells that the author lets only others answer: the server would take
// it, and nobody would see it (app.bsky.feed.threadgate). Where the service
// cannot be asked, it is tried.
func (s *Source) mayReply(ctx context.Context, uri string) error {
	here, err := s.posts(ctx, url.Values{"uris": {uri}})
	if err == nil && here[uri].post.Viewer.NoReply {
		return bot.Errorf(bot.ErrInvalid, "The author lets only some people answer this post, and we are not among them: nobody would see the answer.")
	}
	return nil
}

func placed(did, key string) bot.Placed {
	return bot.Placed{ExternalID: address(did, key), URL: page(did, key)}
}

// thread gives what an answer to a post refers to: the post as it stands, and
// the beginning of its thread.
func (s *Source) thread(ctx context.Context, uri string) (parent, root strongRef, err error) {
	did, key, ok := split(uri)
	if !ok {
		return parent, root, bot.Errorf(bot.ErrGone, "Where the post stands is not known.")
	}
	var got struct {
		strongRef
		Value postRecord `json:"value"`
	}
	if err := s.record(ctx, did, key, &got); err != nil {
		if isGone(err) {
			return parent, root, &bot.Error{Kind: bot.ErrGone, Msg: "The post is not there any more. The customer may have deleted it.", Err: err}
		}
		return parent, root, err
	}
	if got.CID == "" {
		return parent, root, s.otherForm()
	}
	parent = strongRef{uri, got.CID}
	if got.Value.Reply != nil && got.Value.Reply.Root.CID != "" {
		return parent, got.Value.Reply.Root, nil
	}
	return parent, parent, nil
}

// record asks for one record.
func (s *Source) record(ctx context.Context, did, key string, into any) error {
	q := url.Values{"repo": {did}, "collection": {collection}, "rkey": {key}}
	return s.asUs(ctx, call{method: "com.atproto.repo.getRecord", query: q}, into)
}

// isGone tells whether an error means that there is no such record.
func isGone(err error) bool {
	name := nameOf(err)
	return name == "RecordNotFound" || name == "RepoNotFound" || name == "RepoTakendown" || name == "RepoDeactivated"
}

// FindAnswer implements bot.Answerer: the record has a key that follows from
// the reply.
func (s *Source) FindAnswer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, bool, error) {
	if _, err := s.token(ctx, ""); err != nil {
		return bot.Placed{}, false, err
	}
	did, key := s.did(), recordKey(m, r)
	var got strongRef
	switch err := s.record(ctx, did, key, &got); {
	case isGone(err):
		return bot.Placed{}, false, nil
	case err != nil:
		return bot.Placed{}, false, err
	case got.URI != address(did, key):
		return bot.Placed{}, false, s.otherForm()
	}
	return placed(did, key), true, nil
}

// Follow implements bot.Follower.
func (s *Source) Follow(ctx context.Context, _ bot.Mention, at bot.Placed) (bot.Aftermath, error) {
	here, err := s.posts(ctx, url.Values{"uris": {at.ExternalID}})
	if err != nil {
		return bot.Aftermath{}, err
	}
	it, ok := here[at.ExternalID]
	return bot.Aftermath{Gone: !ok, Likes: max(it.post.Likes, 0), Answers: max(it.post.Replies, 0)}, nil
}

// recordKey is a timestamp identifier (atproto.com/specs/tid), as posts must
// have: the second in which the reply was written, and in place of its parts
// what follows from the reply's key and what it answers.
func recordKey(m bot.Mention, r bot.Reply) string {
	const digits = "234567abcdefghijklmnopqrstuvwxyz"
	sum := sha256.Sum256([]byte(r.Key() + "\x00" + m.ExternalID))
	micros := uint64(max(r.CreatedAt.Unix(), 0))*1e6 + binary.BigEndian.Uint64(sum[:8])%1e6
	n := micros<<10 | uint64(binary.BigEndian.Uint16(sum[8:10]))%1024
	n &= 1<<63 - 1
	var key [13]byte
	for i := range key {
		key[len(key)-1-i] = digits[n&31]
		n >>= 5
	}
	return string(key[:])
}

// Check implements bot.Checker.
func (s *Source) Check(ctx context.Context) []bot.Finding {
	var all []bot.Finding
	say := func(what string, err error) bool {
		f := bot.Finding{OK: err == nil, What: what}
		if err != nil {
			f.Mend = bot.Told(err)
		}
		all = append(all, f)
		return err == nil
	}
	if s.account() {
		_, err := s.token(ctx, "")
		if !say("Bluesky: may read and answer as @"+s.set.Handle, err) {
			return all
		}
	}
	if s.mentions {
		_, err := s.notifications(ctx, s.now().Add(time.Minute))
		say("Bluesky: can read what mentions @"+s.set.Handle, err)
	}
	if len(s.terms) > 0 {
		_, _, err := s.searchOnce(ctx, s.terms[0], s.now().Add(-time.Minute), s.now())
		say("Bluesky: can search", err)
	}
	if s.set.Stream {
		conn, err := s.dial(ctx, 0)
		if err == nil {
			_ = conn.CloseNow()
		}
		say("Bluesky: hears the stream of "+s.jetstream.Hostname(), err)
	}
	return all
}
