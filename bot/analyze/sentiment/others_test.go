package sentiment

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/bot/analyze/language"
	"earshot/bot/analyze/token"
)

// TestOthers reads plain texts in every language that is known, found and not
// given.
func TestOthers(t *testing.T) {
	r := newReader(t, Options{})
	m, err := language.Load()
	if err != nil {
		t.Fatal(err)
	}
	var text token.Text
	for _, test := range []struct {
		code, said string
		want       bot.Label
	}{
		{"de", "Die Maschine ist kaputt und der Service ist eine Frechheit", bot.Negative},
		{"de", "Ich bin mit der Maschine sehr zufrieden, vielen Dank", bot.Positive},
		{"fr", "La machine est en panne et le service client est nul", bot.Negative},
		{"fr", "Je suis très contente de la machine, merci beaucoup", bot.Positive},
		{"es", "La máquina está rota y la atención es una vergüenza", bot.Negative},
		{"es", "Estoy muy contento con la máquina, muchas gracias", bot.Positive},
		{"it", "La macchina è rotta e il servizio è pessimo, che vergogna", bot.Negative},
		{"it", "Sono molto contento della macchina, grazie mille", bot.Positive},
		{"pt", "A máquina quebrou e o atendimento é péssimo, uma vergonha", bot.Negative},
		{"pt", "Estou muito feliz com a máquina, muito obrigada", bot.Positive},
		{"ar", "الجهاز معطل والخدمة سيئة جدا، أنا حزين", bot.Negative},
		{"ar", "الجهاز رائع والخدمة ممتازة، شكرا جزيلا", bot.Positive},
	} {
		text.Read(test.said)
		guess := m.Detect(&text)
		got := r.Score(&text, guess)
		sane(t, got.Probs)
		if guess.Code != test.code || got.Label != test.want {
			t.Errorf("%q: %s, %s %.2f; want %s, %s", test.said, guess.Code, got.Label, got.Probs, test.code, test.want)
		}
	}
}

// TestHindi tells Hindi in Latin letters, which is read, from Hindi in
// Devanagari, which nothing was learnt of.
func TestHindi(t *testing.T) {
	r := newReader(t, Options{UnsureBelow: 0.01})
	m, err := language.Load()
	if err != nil {
		t.Fatal(err)
	}
	var text token.Text
	ask := func(said string) (language.Guess, Result) {
		text.Read(said)
		guess := m.Detect(&text)
		return guess, r.Score(&text, guess)
	}
	good, praised := ask("yaar ye phone bahut accha hai, mujhe bahut pasand aaya, shukriya")
	bad, blamed := ask("ye phone bilkul bekar hai, paisa barbaad ho gaya, bahut kharab")
	if good.Code != "hi" || bad.Code != "hi" || !good.Latin || praised.Label == bot.Unsure || praised.Probs.Score() <= blamed.Probs.Score() {
		t.Errorf("romanised: %+v %+v, %+v %+v", good, praised, bad, blamed)
	}
	if guess, got := ask("मेरी मशीन कल खराब हो गई और कोई मदद नहीं करता"); guess.Code != "hi" || guess.Latin || got.Label != bot.Unsure {
		t.Errorf("Devanagari: %+v, %+v", guess, got)
	}
}

// TestNotUnderstood never pretends to know how a text in an unknown language
// feels.
func TestNotUnderstood(t *testing.T) {
	r := newReader(t, Options{})
	m, err := language.Load()
	if err != nil {
		t.Fatal(err)
	}
	var text token.Text
	for _, said := range []string{
		"Wczoraj moja maszyna się zepsuła i nie chcą mi pomóc", "Kahve makinesi bozuldu, üç haftadır kimse cevap vermiyor",
		"Gisteren is mijn apparaat kapot gegaan en ze willen mij niet helpen", "Вчера сломалась моя машина, и никто не отвечает",
		"昨日、コーヒーメーカーが壊れました", "어제 커피 머신이 고장났어요", "Χτες χάλασε η μηχανή μου", "دستگاه من دیروز خراب شد و کسی پاسخگو نیست گفتم",
	} {
		text.Read(said)
		if got := r.Score(&text, m.Detect(&text)); got.Label != bot.Unsure {
			t.Errorf("%q is %s", said, got.Label)
		}
	}
}

func TestOthersWeights(t *testing.T) {
	w := &Weights{Name: "test", Bits: 2, Scale: 0.5, WordNorm: 3, CharNorm: 2, Languages: make([]Table, Unlisted+1), Hashed: "\x01\x02\x03\x04\x05\x06\x07\x08\x09\xff\xfe\xfd"}
	w.Languages[Unlisted].Temperature = 1.5
	w.Languages[1].Dense[DenseSize-1] = [Classes]float32{1, -2, 3}
	encoded := string(w.Encode())
	got, err := DecodeOthers(encoded)
	if diff := cmp.Diff(w, got); err != nil || diff != "" {
		t.Fatalf("DecodeOthers(Encode): %v\n%s", err, diff)
	}
	for n := 0; n < len(encoded); n += 7 {
		if _, err := DecodeOthers(encoded[:n]); err == nil {
			t.Fatalf("weights cut to %d bytes are taken", n)
		}
	}
}

// TestOthersValence looks words up: as they are, by their beginning, with what
// Arabic writes together with them, and with what English means by them.
func TestOthersValence(t *testing.T) {
	m, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		code, word string
		sign       float32
	}{
		{"de", "zufrieden", 1}, {"de", "enttäuschende", -1}, {"de", "die", 0}, {"de", "awful", -1}, {"en", "die", -1},
		{"es", "vergonzosa", -1}, {"fr", "décevante", -1}, {"ar", "الرائعة", 1}, {"ar", "والفشل", -1}, {"hi", "bakwas", -1}, {"pt", "obrigada", 1}, {"it", "xyzzy", 0},
	} {
		form := []byte(test.word)
		v := m.others.Words.valence(FoldForm(form, nil), token.Hash(form), LanguageNumber(test.code))
		if v*test.sign < 0 || (v == 0) != (test.sign == 0) {
			t.Errorf("%s %q has the valence %.1f", test.code, test.word, v)
		}
	}
}

// TestOthersHostile reads a text of many clauses.
func TestOthersHostile(t *testing.T) {
	r := newReader(t, Options{})
	var text token.Text
	for _, said := range []string{"", "\xff", strings.Repeat("schlecht. aber gut! ", 5000), strings.Repeat("ال", 100_000)} {
		text.Read(said)
		sane(t, r.Score(&text, language.Guess{Code: "ar", Confidence: 1}).Probs)
	}
}
