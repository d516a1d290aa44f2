// Package local is what a team's corrections teach: a small layer over the
// embedded models, one for each watch, learnt at once from the lessons that
// are stored and nothing else. The same lessons give the same layer, so a
// restart changes nothing and a lesson that is left out is undone.
//
// Texts are vectors of words and pairs of neighbours, of length one, where
// rare words weigh more (background.bin says how common words are). Three
// things are learnt of them:
//
//   - A linear shift of the logit of "negative": a support vector machine
//     whose margin begins at the embedded verdict (dual coordinate descent:
//     Hsieh et al., ICML 2008, algorithm 1), so a lesson that is kept already
//     moves nothing, and no lesson moves more than its cap. The shift fades
//     where a text's words are not those of the lessons: where people touched
//     nothing, the embedded verdict stands.
//   - The nearest lesson: what says nearly the same words is read as the
//     lesson says.
//   - In the same way, what is not about the watch, and which topic is right.
package local
