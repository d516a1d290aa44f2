package spike

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// stopWords are the words that carry no subject, in English, German, French,
// Spanish, Portuguese, Italian, Dutch and romanised Hindi, and what networks
// add to every post.
const stopWords = " a about after again all also am an and any are aren't as at be because been before being but by" +
	" can can't could did didn't do does doesn't doing don't down even ever every few for from further get gets getting" +
	" go going gonna got had hadn't has hasn't have haven't having he he's her here hers him his how i i'd i'll i'm i've" +
	" if in into is isn't it it's its itself just know let let's like make me more most much my myself need never no nor" +
	" not now of off oh ok on once one only or other our out over own please really right said same say says see she" +
	" should since so some still such take than thank thanks that that's the their them then there there's these they" +
	" they're thing things think this those though through time to too two under until up us use very want was wasn't way we" +
	" we're were weren't what what's when where which while who whom why will with won't would yes yet you you'd you'll" +
	" you're you've your yours dont cant im ive u ur r rt via amp http https co com www today day new good bad" +
	" aber alle als also am an auch auf aus bei bin bis bist da damit dann das dass dein dem den der des die dies diese" +
	" doch dort du durch ein eine einem einen einer es euch für hab habe haben hat hatte ich ihr im in ist ja jetzt kann" +
	" kein keine mal man mehr mein meine mich mir mit nach nicht nichts noch nur ob oder ohne schon sehr sein seit sich" +
	" sie sind so um und uns unser vom von vor war was weil wenn wer werden wie wieder wir wird wo zu zum zur über" +
	" ai as au aux avec avoir c'est ce ces cette ça dans de des du elle en encore est et être eu fait il ils j'ai je la" +
	" le les leur lui ma mais me même mes moi mon ne nos notre nous on ont ou où par pas plus pour qu'il quand que qui" +
	" sa sans se ses si son sont sur ta te tes toi ton tout très tu un une vos votre vous y était" +
	" al algo como con contra cuando de del desde donde el ella ellos en entre era eres es esa ese eso esta estaba este" +
	" esto está están fue ha han hasta hay he la las le les lo los me mi mis mucho muy más nada ni no nos o para pero" +
	" por porque que qué quien se ser si sido sin sobre son soy su sus sí también te tiene todo tu un una uno y ya yo" +
	" ao aos aquela até com da das dela dele do dos e ela ele eles em essa esse está estou eu foi isso isto já mais mas" +
	" me meu minha muito na nas não nem no nos nossa nós num o os ou para pela pelo por pra quando que quem se sem ser" +
	" seu sua só também te tem uma um vai você vocês é" +
	" a ad al alla anche c'è che chi ci come con cosa da dal dalla degli dei del della di dove e ed era fa gli ha hai" +
	" hanno ho i il in io la le lei lo loro lui ma mi mia mio molto ne nel nella no noi non o ogni per perché più poi" +
	" quando quella quello questa questo se sei si solo sono su sua suo sul tu tutti tutto un una uno è" +
	" aan al als bij daar dan dat de der deze die dit doen door een en er ge geen had heb hebben heeft hem het hij hoe" +
	" ik in is ja je kan maar me meer men met mij mijn moet na naar niet nog nu of om omdat onder ons ook op over te" +
	" tegen toch toen tot u uit van veel voor waar want waren was wat we wel werd wie wij wil worden zal ze zei zich zij" +
	" zijn zo zonder zou aur bhi hai hain ho hua ka kar ke ki kiya ko koi kya main mein mera nahi ne par se tha thi to" +
	" wo ye yeh "

// stop tells whether a word says nothing of the subject: a stop word, a single
// letter, an address or a handle.
func stop(w string) bool {
	if utf8.RuneCountInString(w) < 2 && !strings.ContainsFunc(w, unicode.IsDigit) || strings.HasPrefix(w, "@") || strings.Contains(w, "/") {
		return true
	}
	w = strings.ReplaceAll(w, "’", "'")
	return strings.Contains(stopWords, " "+w+" ")
}

func isLetter(r rune) bool { return unicode.IsLetter(r) }

// words gives the words of s in lower case. Unlike text.Words it keeps what is
// joined by a dot or a hyphen in one piece: "4.2", "wi-fi".
func words(s string) []string {
	var out []string
	for _, f := range strings.Fields(strings.ToLower(s)) {
		if strings.HasPrefix(f, "http:") || strings.HasPrefix(f, "https:") || strings.HasPrefix(f, "www.") || strings.HasPrefix(f, "@") {
			out = append(out, "/") // breaks phrases, as a stop word does
			continue
		}
		parts := strings.FieldsFunc(f, func(r rune) bool {
			return !isLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("'’.-", r)
		})
		for _, p := range parts {
			if p = strings.Trim(p, "'’.-"); p != "" {
				out = append(out, p)
			}
		}
	}
	return out
}
