package github

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

// external is the id of a comment in a discussion.
func (at spot) external(node string) string {
	return at.repo + "#d" + strconv.FormatInt(at.number, 10) + "/" + node
}

// vars name the discussion.
func (at spot) vars() map[string]any {
	owner, name, _ := strings.Cut(at.repo, "/")
	return map[string]any{"owner": owner, "name": name, "number": at.number}
}

// answerTalk comments in a discussion: below the comment that is answered,
// which for a reply is the comment that the reply is below, as GitHub has two
// levels alone.
func (s *Source) answerTalk(ctx context.Context, at spot, body string) (bot.Placed, error) {
	var talk struct {
		Repository *struct {
			Discussion *struct {
				Node string `json:"id"`
			} `json:"discussion"`
		} `json:"repository"`
	}
	if err := s.query(ctx, `query($owner:String!,$name:String!,$number:Int!){repository(owner:$owner,name:$name){discussion(number:$number){id}}}`, at.vars(), &talk); err != nil {
		return bot.Placed{}, err
	}
	if talk.Repository == nil || talk.Repository.Discussion == nil {
		return bot.Placed{}, bot.Errorf(bot.ErrGone, "The post is not there any more, or the token may not see it.")
	}
	in := map[string]any{"discussionId": talk.Repository.Discussion.Node, "body": body}
	if at.node != "" {
		above, err := s.above(ctx, at.node)
		if err != nil {
			return bot.Placed{}, err
		}
		in["replyToId"] = above
	}
	var sent struct {
		Add *struct {
			Comment *struct {
				Node string `json:"id"`
				Page string `json:"url"`
			} `json:"comment"`
		} `json:"addDiscussionComment"`
	}
	err := s.graph(ctx, `mutation($in:AddDiscussionCommentInput!){addDiscussionComment(input:$in){comment{id url}}}`, map[string]any{"in": in}, &sent)
	if err != nil {
		return bot.Placed{}, err
	}
	if sent.Add == nil || sent.Add.Comment == nil || !isNode(sent.Add.Comment.Node) {
		return bot.Placed{}, bot.Errorf(bot.ErrUncertain, "GitHub took the answer and does not say where it stands.")
	}
	return bot.Placed{ExternalID: at.external(sent.Add.Comment.Node), URL: text.SafeURL(sent.Add.Comment.Page)}, nil
}

// above is the comment of the first level that a comment is, or is below.
func (s *Source) above(ctx context.Context, node string) (string, error) {
	var got struct {
		Node *struct {
			Node    string `json:"id"`
			ReplyTo *struct {
				Node string `json:"id"`
			} `json:"replyTo"`
		} `json:"node"`
	}
	if err := s.query(ctx, `query($id:ID!){node(id:$id){id ... on DiscussionComment{replyTo{id}}}}`, map[string]any{"id": node}, &got); err != nil {
		return "", err
	}
	switch {
	case got.Node == nil:
		return "", bot.Errorf(bot.ErrGone, "The post is not there any more, or the token may not see it.")
	case got.Node.ReplyTo != nil:
		return got.Node.ReplyTo.Node, nil
	}
	return got.Node.Node, nil
}

// findTalk looks for our comment with the reply's marker among the last ones
// of a discussion.
func (s *Source) findTalk(ctx context.Context, at spot, r bot.Reply) (bot.Placed, bool, error) {
	var got struct {
		Repository *struct {
			Discussion *talk `json:"discussion"`
		} `json:"repository"`
	}
	err := s.query(ctx, `query($owner:String!,$name:String!,$number:Int!){repository(owner:$owner,name:$name){discussion(number:$number){id comments(last:100){nodes{id body url viewerDidAuthor replies(last:50){nodes{id body url viewerDidAuthor}}}}}}}`, at.vars(), &got)
	if err != nil || got.Repository == nil || got.Repository.Discussion == nil {
		return bot.Placed{}, false, err
	}
	queue := got.Repository.Discussion.Comments.Nodes
	for len(queue) > 0 {
		var c talk
		if json.Unmarshal(queue[0], &c) == nil && c.Mine && strings.Contains(c.Body, marker(r)) {
			return bot.Placed{ExternalID: at.external(c.Node), URL: text.SafeURL(c.Page)}, true, nil
		}
		queue = append(queue[1:], c.Replies.Nodes...)
	}
	return bot.Placed{}, false, nil
}

// followTalk asks what became of our comment in a discussion.
func (s *Source) followTalk(ctx context.Context, at spot) (bot.Aftermath, error) {
	var got struct {
		Node *struct {
			Upvotes int  `json:"upvoteCount"`
			Answer  bool `json:"isAnswer"`
			Replies struct {
				Count int `json:"totalCount"`
			} `json:"replies"`
		} `json:"node"`
	}
	err := s.query(ctx, `query($id:ID!){node(id:$id){id ... on DiscussionComment{upvoteCount isAnswer replies{totalCount}}}}`, map[string]any{"id": at.node}, &got)
	if err != nil || got.Node == nil {
		return bot.Aftermath{Gone: err == nil}, err
	}
	after := bot.Aftermath{Likes: max(got.Node.Upvotes, 0), Answers: max(got.Node.Replies.Count, 0)}
	if got.Node.Answer {
		after.State = "answer"
	}
	return after, nil
}
