package webhook

import "earshot/bot"

// asks is what `earshot init` asks.
func asks() []bot.SetupQuestion {
	return []bot.SetupQuestion{
		{Key: "preset", Ask: "Who sends: nps, typeform, surveymonkey, qualtrics, delighted, google_forms?", Usual: "something else, mapped by hand"},
		{Key: "secret", Ask: "The secret that requests are signed with", Secret: "WEBHOOK_SECRET"},
		{Key: "watch", Ask: "Which watch do all items belong to?", Usual: "those that name it"},
		{Key: "reply_by", Ask: "Which email source answers those who left their address?", Usual: "nobody is answered"},
	}
}

// guide is what to create at the service.
const guide = `Set http.addr, put TLS before it, and give the service the address https://YOUR.HOST/hooks/NAME. A request is answered after it is stored; what comes again is taken once. With reply_by: NAME of an email source, respondents who left an address get a thank-you or a follow-up by e-mail; ask for their consent in the survey.

- **Anything of your own** (no preset, or preset: nps): sign ` + "`X-Earshot-Timestamp.body`" + ` with HMAC-SHA256, as the README says.
- **Typeform**: *Connect*, *Webhooks*, *Add a webhook*; set a secret there, and the same as secret. Free plans have webhooks too. The question of type NPS is the score; name another with score_question. Hidden fields become attributes; email and name among them are the respondent's.
- **SurveyMonkey**: make a private application at <https://developer.surveymonkey.com/apps> with the scopes View Surveys, View Responses, View Response Details and Create/Modify Webhooks; api_key is its client id, secret its secret, token its access token. Subscribe by POST /v3/webhooks with event_type response_completed. It needs a paid plan; a response costs two of the 500 requests a day that it allows.
- **Qualtrics**: POST /API/v3/eventsubscriptions with topics surveyengine.completedResponse.SV_…, publicationUrl, a sharedKey and encrypt false; secret is that sharedKey, base_url your data centre, token the API token of a user who may see the responses. A brand administrator must make it. API access costs extra on some licences.
- **Delighted**: *Integrations*, *Webhooks*; secret is the API key, which Delighted signs with. Its score comes first, its comment a little later as an edit. Where it is no longer offered to you, use Qualtrics.
- **Google Forms** calls nobody: open *Extensions*, *Apps Script* of the form, paste this, set URL and SECRET, and add a trigger *On form submit* for send. It costs nothing; scripts may run 90 minutes a day.

` + "```js" + `
function send(e) {
  const r = e.response, form = FormApp.getActiveForm();
  const answers = r.getItemResponses().map(a => {
    const item = a.getItem(), type = String(item.getType()), scale = type === 'SCALE' ? item.asScaleItem() : null;
    return {id: item.getId(), title: item.getTitle(), type: type, value: a.getResponse(),
      lower: scale ? scale.getLowerBound() : null, upper: scale ? scale.getUpperBound() : null};
  });
  const body = JSON.stringify({id: r.getId(), form: form.getTitle(), submitted_at: r.getTimestamp().toISOString(), email: r.getRespondentEmail(), answers: answers});
  const stamp = String(Math.floor(Date.now() / 1000));
  const sum = Utilities.computeHmacSha256Signature(stamp + '.' + body, SECRET, Utilities.Charset.UTF_8);
  const hex = sum.map(b => ((b + 256) % 256).toString(16).padStart(2, '0')).join('');
  UrlFetchApp.fetch(URL, {method: 'post', contentType: 'application/json', payload: body,
    headers: {'X-Earshot-Timestamp': stamp, 'X-Earshot-Signature': 'sha256=' + hex}});
}
` + "```"
