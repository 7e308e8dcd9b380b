/* SPDX-License-Identifier: Apache-2.0 */
/* pp_words.c - the words of which invented people, companies and cases are made. */
#include "pp_words.h"

#define W(literal)                           \
	{                                    \
		literal, sizeof(literal) - 1 \
	}
#define LIST(array)                 \
	{                           \
		array, COUNT(array) \
	}
#define TEN(s) s s s s s s s s s s

static const struct str first[] = {
	W("Ada"),   W("Alma"),  W("Amir"),  W("Anton"), W("Basil"), W("Bea"),   W("Calla"),
	W("Cyrus"), W("Dalia"), W("Dario"), W("Edda"),  W("Elio"),  W("Emeka"), W("Esme"),
	W("Farah"), W("Felix"), W("Greta"), W("Gus"),   W("Hana"),  W("Hugo"),  W("Ida"),
	W("Ilya"),  W("Ines"),  W("Jonas"), W("June"),  W("Kai"),   W("Kofi"),  W("Lena"),
	W("Leo"),   W("Lotte"), W("Mabel"), W("Marco"), W("Mina"),  W("Nadia"), W("Nils"),
	W("Nora"),  W("Odin"),  W("Opal"),  W("Otto"),  W("Pia"),   W("Priya"), W("Quinn"),
	W("Rafa"),  W("Rhea"),  W("Rosa"),  W("Rufus"), W("Sana"),  W("Selma"), W("Sven"),
	W("Tara"),  W("Theo"),  W("Tova"),  W("Uma"),   W("Ugo"),   W("Vera"),  W("Viktor"),
	W("Wanda"), W("Wes"),   W("Yara"),  W("Zeno"),
};
const struct words words_first = LIST(first);

static const struct str last[] = {
	W("Abernot"),     W("Aldersey"),     W("Ambroso"),      W("Arkwell"),
	W("Ashgrove"),    W("Barlowe"),      W("Bexfield"),     W("Birchall"),
	W("Brackwater"),  W("Bramhall"),     W("Caldicot"),     W("Carrowmore"),
	W("Castellan"),   W("Chadderly"),    W("Copperfelt"),   W("Crosswick"),
	W("Dallimore"),   W("Darkwood"),     W("Dewhirst"),     W("Dunmarrow"),
	W("Eastlake"),    W("Elderbach"),    W("Ellingham"),    W("Fairborne"),
	W("Falconetti"),  W("Fenwright"),    W("Foxcroft"),     W("Galloway-Pike"),
	W("Garrick"),     W("Glasswing"),    W("Greymont"),     W("Hallorann"),
	W("Harkaway"),    W("Hartzell"),     W("Hazelden"),     W("Holloway"),
	W("Inglenook"),   W("Ironside"),     W("Jessamy"),      W("Kestrel"),
	W("Kingsmere"),   W("Lanthorn"),     W("Larkspur"),     W("Lindqvist"),
	W("Locksley"),    W("Marchbank"),    W("Merriwind"),    W("Mossgrave"),
	W("Nightingale"), W("Northcote"),    W("Oakhurst"),     W("Ostergard"),
	W("Pallister"),   W("Pemberwick"),   W("Quillfeather"), W("Ravensdale"),
	W("Redfern"),     W("Rookwood"),     W("Saltmarsh"),    W("Sandoval-Reyes"),
	W("Silverlock"),  W("Stanhope"),     W("Stormont"),     W("Tarrington"),
	W("Thistlewood"), W("Umberland"),    W("Valderrama"),   W("Vantongeren"),
	W("Wainscott"),   W("Weatherby"),    W("Westmarch"),    W("Whitlock"),
	W("Willoughby"),  W("Winterbourne"), W("Woolcroft"),    W("Yarborough"),
	W("Yellowlees"),  W("Zellweather"),
};
const struct words words_last = LIST(last);

static const struct str company_start[] = {
	W("Alder"),   W("Amber"),     W("Anchor"),   W("Aspen"),     W("Beacon"),  W("Birch"),
	W("Blue"),    W("Canyon"),    W("Cedar"),    W("Cliffside"), W("Coral"),   W("Crest"),
	W("Delta"),   W("Driftwood"), W("Eagle"),    W("Ember"),     W("Fern"),    W("Flint"),
	W("Golden"),  W("Granite"),   W("Harbor"),   W("Heron"),     W("Horizon"), W("Iron"),
	W("Juniper"), W("Keystone"),  W("Lakeview"), W("Lantern"),   W("Maple"),   W("Meridian"),
	W("Mesa"),    W("North"),     W("Oak"),      W("Orchard"),   W("Pacific"), W("Pine"),
	W("Prairie"), W("Quarry"),    W("Redwood"),  W("Ridge"),     W("River"),   W("Sage"),
	W("Sierra"),  W("Silver"),    W("Summit"),   W("Timber"),    W("Valley"),  W("Willow"),
};
const struct words words_company_start = LIST(company_start);

static const struct str company_end[] = {
	W("Holdings, LLC"),     W("Properties LLC"), W("Realty Group"),   W("Family Trust"),
	W("Investments, Inc."), W("Partners LP"),    W("Land Company"),   W("Capital & Sons"),
	W("Development Co."),   W("Estates LLC"),    W("Ventures, Inc."), W("Storage LP"),
};
const struct words words_company_end = LIST(company_end);

static const struct str street[] = {
	W("Alder St"),      W("Birch Ave"),   W("Canal Rd"),  W("Dogwood Ln"), W("Elm St"),
	W("Foothill Blvd"), W("Granite Way"), W("Harbor Dr"), W("Ivy Ct"),     W("Juniper Pl"),
	W("Keel St"),       W("Lantern Ave"), W("Mill Rd"),   W("Nutmeg Ln"),  W("Orchard St"),
	W("Pine Ter"),      W("Quarry Rd"),   W("Ridge Dr"),  W("Spruce St"),  W("Tidewater Way"),
};
const struct words words_street = LIST(street);

static const struct str city[] = {
	W("Arrow Falls"), W("Bay Harrow"), W("Cedar Point"), W("Dunmore"),      W("East Lindley"),
	W("Fairhollow"),  W("Glenrock"),   W("Hartwell"),    W("Iron Creek"),   W("Juniper Flats"),
	W("Kelso Bay"),   W("Larkin"),     W("Mossdale"),    W("New Aldgate"),  W("Oakmere"),
	W("Port Willow"), W("Quail Run"),  W("Redstone"),    W("Silver Beach"), W("Tamarack"),
};
const struct words words_city = LIST(city);

static const struct str state[] = {
	W("CA"), W("NV"), W("OR"), W("WA"), W("AZ"), W("UT"), W("ID"), W("CO"), W("NM"), W("HI"),
};
const struct words words_state = LIST(state);

static const struct str area[] = {
	W("202"), W("213"), W("310"), W("415"), W("503"),
	W("602"), W("702"), W("808"), W("916"), W("971"),
};
const struct words words_area = LIST(area);

static const struct str sentence[] = {
	W("Prefers to be called in the afternoon."),
	W("Met at the spring seminar on exchanges."),
	W("Wants every document as a paper copy."),
	W("Asked to postpone the inspection by a week."),
	W("Their accountant must be copied on all letters."),
	W("Sells the duplex first, then looks for land."),
	W("Has done two exchanges with us before."),
	W("Wire instructions were confirmed by phone."),
	W("Is travelling until the end of the month."),
	W("Identification letter is still outstanding."),
	W("Needs a second replacement property as a reserve."),
	W("Escrow officer changed, see the latest letter."),
	W("Vesting has to match the relinquished deed."),
	W("Spouse signs as well."),
	W("Referred by a former client."),
	W("Do not send anything to the old address."),
};
const struct words words_sentence = LIST(sentence);

static const struct str task[] = {
	W("Send exchange agreement"),        W("Collect identification letter"),
	W("Order preliminary title report"), W("Confirm wire instructions"),
	W("Prepare assignment of contract"), W("Call escrow about closing date"),
	W("Review settlement statement"),    W("Remind client of day 45"),
	W("Remind client of day 180"),       W("File closing documents"),
	W("Check vesting against deed"),     W("Draft replacement assignment"),
};
const struct words words_task = LIST(task);

static const struct str tag[] = {
	W("VIP"),      W("reverse"),    W("improvement"), W("delayed"),
	W("referral"), W("commercial"), W("residential"), W("hold"),
};
const struct words words_tag = LIST(tag);

static const struct str mail[] = {
	W("example.com"),
	W("example.org"),
	W("example.net"),
};
const struct words words_mail = LIST(mail);

const struct str text_html = W(
	"<p>Called on <b>Monday</b> &amp; left a message.<br/>Says: &quot;we close on the 5th&quot;"
	"</p>\\r\\n<ul><li>deed</li><li>rider &lt;A&gt;</li></ul><script>alert(1)<\\/script>");
const struct str text_emoji = W(
	"Closed \U0001F389\U0001F3E0 and the whole family \U0001F468\u200D\U0001F469\u200D\U0001F467"
	"\u200D\U0001F466 signed \u2705 \U0001F1FA\U0001F1F8");
const struct str text_emoji_name = W("Zo\u00EB \U0001F98A");
const struct str text_nul = W("before\\u0000after the NUL");
const struct str text_nul_name = W("Null\\u0000son");
const struct str text_escapes =
	W("quote \\\" backslash \\\\ slash \\/ tab \\t line\\nbreak \\ud83d\\ude00 \\u2028 \\u00e9 "
	  "'; DROP TABLE contacts; -- {{ record.id }} %s ${HOME}");
const struct str text_marks_name = W("A\u0301ngela \u202E\u05D0\u05D1\u05D2\u202C \u00D1and\u00FA");

/* 120 and 137 bytes: with the blank between them the display name has 258. */
const struct str text_long_first = W(TEN("Maximiliano-"));
const struct str text_long_last = W(TEN("von-und-zu-de") "Schnell");
/* 251 bytes. */
const struct str text_long_name = W(TEN("Exchange of parcel seven ") "7");
const struct str text_long_subject = W(TEN("Call the title company again. "));
/* 4,700 bytes. */
const struct str text_long_notes = W(TEN(TEN("Spoke with the escrow officer, no news to note.")));
