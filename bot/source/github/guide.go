package github

import "earshot/bot"

func asks() []bot.SetupQuestion {
	return []bot.SetupQuestion{
		{Key: "repositories", Ask: "Which repositories, as larkspur/kettle?", List: true},
		{Key: "token", Ask: "A fine-grained token for them (Settings, Developer settings), for discussions and answers", Secret: "GITHUB_TOKEN"},
	}
}

const guide = `Reads issues, discussions and the comments on both, of the repositories that are named. Public issues are read without any account.

For discussions, answers, private repositories and to see what is deleted:

1. With the account that answers: Settings, Developer settings, Personal access tokens, Fine-grained tokens, Generate.
2. Choose the owner and **only these repositories**; permissions **Issues** and **Discussions**: read and write. No more is needed.
3. Put it into the environment as ` + "`GITHUB_TOKEN`" + `. It expires: ` + "`earshot check`" + ` says so when it has.

It costs nothing. GitHub allows 5,000 requests an hour with a token, and what has not changed costs none of them; without one 60, so one
list is read every two minutes. An Enterprise server has ` + "`base_url: https://HOST/api/v3`" + `. Owners, members and collaborators are not
taken for customers. Of a discussion the last 50 comments are read, and of each the last 20 replies. There is no private way to answer,
and GitHub does not want comments made by programs in bulk: people write these.
`
