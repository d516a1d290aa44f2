package contrast

import "strings"

// The words that are no subject, by family of languages: English; German and
// Dutch; French, Spanish, Portuguese and Italian; Hindi in Latin letters.
//
// glue carries no subject; mood says that people are pleased or not, and never
// with what; turn denies or weighs what follows it. They are looked up as they
// are written, and without apostrophes.
const (
	turnEnglish = `not no never none without too cant cannot wont dont doesnt didnt isnt wasnt arent werent hasnt havent hadnt couldnt wouldnt shouldnt aint
nothing barely hardly`
	glueEnglish = `a about after again ago ahead all almost along already also although always am among an and another any anybody anymore anyone anything
anyway are around as at away back be became because become been before behind being below best better between both but by came can come
comes coming could day days did do does doing done down during each either else end enough etc even ever every everybody everyone everything
exactly far feel feels felt few finally find first for found from further gave get gets getting give given gives go goes going gone gonna
got gotta gotten guess guy guys had happen happened has have having he hear heard her here hers hey him his how however i id if ill im in
instead into is it its itself ive just keep keeps kept kind knew know known knows last least left less let lets like likely literally little
long look looked looking looks lot lots made make makes making man many may maybe me mean means might mine minute moment more most mostly
much must my myself near need needed needs neither new next nobody nor now nowhere of off often oh ok okay old on once one ones only onto or
other others our ours out over own part people per perhaps place please possible pretty probably put quite rather real really right s said
same saw say saying says second see seem seemed seems seen sees set several shall she should show side since so some somebody somehow
someone something sometimes soon sort still stuff such sure t take taken takes taking tell telling tells than that thats the their theirs
them then there theres these they theyre theyve thing things think thinking this those though thought three through thru thus til till time
times to today together told tomorrow tonight took totally toward tried tries truly try trying turn two u under until up upon ur us use used
uses using usually v very via w want wanted wants was way we week weeks well went were weve what whatever when where whether which while who
whole whom whos whose why will with would could within wld wouldve wow wtf ya yall yeah year years yes yesterday yet you youll your youre yours yourself
youve rt amp http https www co com gt lt nbsp pls plz cuz bc bcuz lol omg smh idk tho thx hi hello dear sir madam cc fyi btw u2 aka vs`
	moodEnglish = `absolute absolutely adorable amazing angry annoyed annoying appalling appreciate appreciated atrocious awesome awful bad badly beautiful
beautifully bullshit cool crap crappy damn delighted disappoint disappointed disappointing disappointment disgrace disgraceful disgusted
disgusting dislike disliked enjoy enjoyed epic excellent excited extremely fabulous fail failed failing fails failure fantastic fave
favorite favourite fine frustrated frustrating frustration fuck fucked fucking fun furious glad good gorgeous grateful great greatly
greatest happy hate hated hates hell hilarious honestly hope hoped hoping horrendous horrible horribly horrid hopefully huge impressed
incredible incredibly inexcusable insane joke kidding kudos lame laughable lousy love loved lovely loves loving mad mediocre meh mess
miserable nasty nice nicely nightmare outstanding pathetic perfect perfectly pissed pleasant pleased poor poorly props regret ridiculous
ridiculously rocks sad sadly serious seriously shame shameful shit shitty shocking sick so-so sorry stupid stunning suck sucked sucks sucky
super superb supposed terrible terribly terrific thank thankful thanks thanku thankyou ty ugh unacceptable unbelievable unfortunately
unhappy unreal upset useless wonderful wonderfully worse worst worth worthless wrong yay yikes yuck definitely completely honest highly
obviously especially`
	turnGermanic = `nicht kein keine keinen keiner keinem nie niemals ohne zu nichts kaum niet geen nooit zonder`
	glueGermanic = `aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bereits bin bis bist da dabei damit dann daran darauf
das dass dein dem den denn der des deshalb die dies diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines
einfach einige einmal er es etwas euch euer für fuer ganz gar geht gegen genau gibt habe haben hab hast hat hatte hatten hier ich ihm ihn
ihr ihre ihrem ihren ihrer im immer in ins ist ja jede jeden jeder jedes jetzt kann können koennen könnte konnte lassen leider macht machen
mal man mehr mein meine meinem meinen meiner mich mir mit möchte muss müssen mussten nach neu neue nochmal noch nun nur ob oder ohnehin rund
schon sehr sei sein seine seit selbst sich sie sind so sogar solche soll sollte sondern sonst tag tage über ueber um und uns unser unsere
unter vom von vor war waren warum was weil weiter welche wenn wer werden wie wieder will wir wird wirklich wo wohl wurde wurden würde zum
zur zwei zwischen aan af al alleen altijd ander bij daar dan dat de deze dit doen door dus een eens en ergens erg gaan geweest ge had heb
hebben heeft heel het hij hoe iemand iets ik is jaar je jij jou jouw kan kunnen laten maar me meer meest men met mij mijn moet na naar net
nog nu of om omdat onder ons ook op over te tegen ten toch toen tot u uit uw van veel vanaf verder voor waar wanneer want wat we weer wel
welke werd wij wil worden wordt zal ze zei zelf zeer zich zij zijn zo zou`
	moodGermanic = `danke dankeschön enttäuscht enttäuschend enttäuschung furchtbar geil genial gut gute guten guter gutes katastrophe klasse lieb liebe mies
perfekt peinlich scheiße scheiss schade schlecht schlechte schlechten schlechter schlimm schön schöne schrecklich super toll tolle traurig
unglaublich unmöglich unverschämt unzufrieden wunderbar zufrieden frechheit bedankt fijn geweldig goed goede jammer leuk mooi prachtig
slecht slechte teleurgesteld teleurstellend vreselijk waardeloos`
	turnRomance = `pas jamais sans aucun aucune rien trop nunca jamás sin ningún ninguna nada demasiado não nao sem nem nenhum nenhuma demais non mai senza
nessun nessuna nessuno niente troppo`
	glueRomance = `ai au aussi autre aux avais avait avec avez avoir avons bien bon car ce ceci cela celle celui ces cet cette ceux chez ci comme comment c
cest ça d dans de déjà depuis des deux dit dois donc dont du elle elles en encore entre es est et étaient était été être eu faire fait faut
fois font il ils j jai je l la là le les leur leurs lui m ma mais me même mes moi moins mon n ne nos notre nous on ont ou où par parce peu
peut plus pour pourquoi puis qu quand que quel quelle quelques qui quoi s sa se sera ses si son sont suis sur t ta te tes toi ton toujours
tous tout toute toutes très tu un une va vais vers veux voilà vos votre vous vraiment y ahora al algo alguien algún alguna algunos ante
antes aquí así aun aunque cada casi como cómo con contra cosa cosas cual cuál cuando cuándo cuanto del desde después día días donde dónde
dos durante e el él ella ellas ellos entonces era eran eres esa esas ese eso esos esta está están estaba estado estas este esto estos estoy
fue fueron gente ha haber había hace hacer hacia han hasta hay he hemos hoy igual ir las lo los luego más mas menos mi mí mientras mis misma
mismo mucha mucho muchos muy ni nosotros o os otra otro otros para parece pero poco por porque pues puede pueden puedo qué quien quién sé
sea según ser sí sido siempre sino sobre sois solo sólo somos soy su sus tal también tan tanto tengo tenía ti tiempo tiene tienen toda todas
todavía todo todos tras tú tus una unas uno unos usted ustedes vamos van veces ver vez voy ya yo à às aí ainda algum alguma alguns ao aos
apenas aquela aquele aqui aquilo as até coisa com da dá dar das dele dela deles depois dessa desse desta deste dia disso do é ela elas ele
eles em então essa esse estão estar estava faz fazer fez fica foi for foram há hoje isso isto já lá lhe mesma mesmo meu meus minha minhas
muita muito muitos na nas no nós nossa nosso num numa onde outra outro outros pela pelas pelo pelos pode pq pois pra pro qual quando quanto
quem quer são seja sempre será seu seus só sou sua suas tá também tem têm tenho ter teu teve tinha tua tudo um uma umas uns vai vão vem
vezes você vocês vou vc abbiamo agli alla alle allo allora altra altre altri altro anche ancora avere avete aveva bene che chi ciò come cose
così cui dagli dai dal dalla dalle dallo davvero degli dei dell della delle dello dentro di dice dopo dove due è ed erano essere fa fare
fatto fino fra già giorni giorno gli hai hanno ho i in io lei li loro meno mentre mia mie miei mio molta molto negli nei nel nell nella
nelle nello noi nostra nostro ogni ora per perché perciò però più po poi possibile prima proprio può qua qualche qualcosa qualcuno quale
quasi quella quelli quello questa queste questi questo sei senti sia siamo siete so sono sopra sotto sta stata stato stesso sue sugli sui
sul sulla suo suoi tra tuo tutta tutte tutti tutto vi voi volta`
	moodRomance = `adore affreux agréable aime bonne bons catastrophe décevant déception déçu déçue excellente excellent génial heureux honte honteux horrible
inadmissible jolie magnifique mauvais mauvaise merci nul nulle parfait parfaite pire ravi ravie scandaleux super terrible triste bonita
bonito buen buena bueno buenos decepcionado decepción encanta encantado enfadado excelente fatal feliz genial gracias gusta increíble
lamentable lástima malo mala mal malas malos mejor odio pena peor pésimo pésima perfecto vergüenza asco adorei amei amo bom boa boas
decepção ótima ótimo obrigada obrigado odeio péssima péssimo pior melhor ruim lixo linda lindo raiva vergonha horrível maravilhoso bella
bello brutta brutto buona buono delusa deluso delusione felice fantastica fantastico grazie male migliore orribile ottima ottimo pessima
pessimo peggio peggiore perfetto schifo vergogna vergognoso`
	turnHindi = `nahi nahin mat`
	glueHindi = `aap aaj ab abhi acha agar apna apne aur bahut bas bhai bhi bina chahiye diya ek gaya hai hain ham har ho hoga hota hua hum hun iska jab
jaise jo ka kab kabhi kahan kar karna karo karte kaun ke ki kisi kiya ko koi kuch kya kyon kyu lekin liye main mai me mein mera mere meri
mujhe na ne par pe phir raha rahe rahi sab sath se sirf tak tera tha the thi to toh tu tum unka us uska usne wahi wala wali woh wo ya yaar
yahan ye yeh`
	moodHindi = `accha achha badhiya bakwas bekar bura ganda ghatiya kharab khush mast shukriya dhanyavaad zabardast`
)

// kinds is the class of every listed word of a family. A word of several lists
// denies first, then judges.
func kinds(f family) map[string]class {
	var turns, glues, moods string
	switch f {
	case germanic:
		turns, glues, moods = turnGermanic, glueGermanic, moodGermanic
	case romance:
		turns, glues, moods = turnRomance, glueRomance, moodRomance
	case hindi:
		turns, glues, moods = turnHindi+" "+turnEnglish, glueHindi+" "+glueEnglish, moodHindi+" "+moodEnglish
	default:
		turns, glues, moods = turnEnglish, glueEnglish, moodEnglish
	}
	all := map[string]class{}
	for _, list := range []struct {
		words string
		class class
	}{{glues, glue}, {moods, mood}, {turns, turn}} {
		for _, w := range strings.Fields(list.words) {
			all[w] = list.class
		}
	}
	return all
}
