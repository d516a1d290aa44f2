package advise

// orderWords are how people call what a number of theirs is of, as the words
// begin, in Arabic, English, French, German, Hindi, Italian, Portuguese and
// Spanish.
func orderWords() []string {
	return []string{
		`order`, `booking`, `reservation`, `ticket`, `invoice`, `tracking`, `parcel`, `customer (?:no|number|id)`, `account`, `reference`, `policy`,
		`bestell`, `auftrag`, `buchung`, `rechnung`, `sendung`, `kundennummer`, `kunden-nr`, `vorgang`, `vertrag`,
		`commande`, `réservation`, `facture`, `colis`, `dossier`, `numéro de client`, `contrat`,
		`pedido`, `reserva`, `factura`, `fatura`, `encomenda`, `número de cliente`, `contrato`, `envío`,
		`ordine`, `prenotazione`, `fattura`, `spedizione`, `codice cliente`, `contratto`,
		`طلب`, `حجز`, `فاتورة`, `شحن`,
		`ऑर्डर`, `बुकिंग`, `आदेश`, `चालान`,
	}
}

// healthWords are words of body and illness, a star for any ending, in the same
// languages. A word that people use of things and moods as well ("sick of it",
// "my phone died", "crash") is none.
func healthWords() []string {
	return []string{
		"allergic", "allerg*", "hospital*", "doctor", "diagnos*", "pregnan*", "diabet*", "asthma*", "cancer", "epilep*", "migraine*", "surgery", "prescription*",
		"medication*", "rash", "injur*", "vomit*", "poisoning", "miscarriage", "depress*", "anxiety", "disabilit*", "wheelchair*", "therapy", "seizure*",
		"krankenhaus", "arzt", "ärztin", "schwanger*", "krebs", "ausschlag", "verletz*", "erbroch*", "vergiftung*", "medikament*", "rezept", "behinder*", "rollstuhl*",
		"notaufnahme", "übelkeit", "krankheit*",
		"hôpital", "médecin*", "enceinte", "diabét*", "asthme", "éruption", "bless*", "vomi*", "médicament*", "ordonnance", "handicap*", "fauteuil", "maladie*", "urgences",
		"hospitaliz*", "médico", "médica", "embarazad*", "alergi*", "asma", "cáncer", "erupción", "herid*", "vómit*", "intoxica*", "medicament*", "discapacid*", "enfermedad*",
		"ospedale", "medico", "incinta", "allergi*", "diabete", "cancro", "ferit*", "medicin*", "ricetta", "disabil*", "malattia", "intossica*",
		"grávida", "gravidez", "câncer", "alérgic*", "doença", "remédio*", "deficiência", "ferid*", "intoxicação", "cirurgia",
		"مستشفى", "المستشفى", "طبيب", "الطبيب", "حامل", "حساسية", "السكري", "سرطان", "مريض", "دواء", "إعاقة",
		"अस्पताल", "डॉक्टर", "गर्भवती", "एलर्जी", "मधुमेह", "कैंसर", "बीमारी", "दवा", "विकलांग",
	}
}

// handOvers ask the customer into private, by language.
func handOvers() map[string]string {
	return map[string]string{
		"en": "Thank you for telling us. So that nothing personal stands here, please write to us in a direct message, and we will look into it at once.",
		"de": "Danke, dass Sie uns das schreiben. Damit hier nichts Persönliches steht, schreiben Sie uns bitte eine Direktnachricht; wir kümmern uns sofort darum.",
		"fr": "Merci de nous l’avoir signalé. Pour que rien de personnel ne figure ici, écrivez-nous en message privé : nous nous en occupons tout de suite.",
		"es": "Gracias por avisarnos. Para que aquí no quede nada personal, escríbanos por mensaje directo y lo revisamos enseguida.",
		"it": "Grazie per avercelo scritto. Perché qui non resti nulla di personale, ci scriva in un messaggio diretto: ce ne occupiamo subito.",
		"pt": "Obrigado por nos avisar. Para que nada pessoal fique aqui, escreva-nos por mensagem direta e tratamos disso de imediato.",
		"ar": "شكرًا لإخبارنا. حتى لا يظهر هنا أي شيء شخصي، نرجو مراسلتنا برسالة خاصة وسننظر في الأمر فورًا.",
		"hi": "हमें बताने के लिए धन्यवाद। यहाँ कोई निजी जानकारी न रहे, इसलिए कृपया हमें सीधा संदेश भेजें; हम तुरंत इसे देखेंगे।",
	}
}
