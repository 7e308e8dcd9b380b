/* SPDX-License-Identifier: Apache-2.0 */
/* t_csv.c - rows of a CSV file that a spreadsheet takes for text. */
#include "service/csv.h"

#include "tap.h"

static const char *row(const char *a, const char *b)
{
	static char text[200];
	struct str cell[] = { str_from(a), str_from(b) };
	AUTO_BUF buf = { 0 };

	buf_init(&buf, sizeof(text));
	csv_row(&buf, cell, COUNT(cell));
	buf_char(&buf, 0);
	memcpy(text, buf.at, buf.len);
	return text;
}

int main(void)
{
	IS(row("a", "2"), "a,2\r\n", "plain cells");
	IS(row("", ""), ",\r\n", "empty ones");
	IS(row("a,b", "say \"x\""), "\"a,b\",\"say \"\"x\"\"\"\r\n", "commas and quotes");
	IS(row("two\nlines", "a\rb"), "\"two\nlines\",\"a\rb\"\r\n", "line breaks");
	IS(row("=1+1", "+1"), "'=1+1,'+1\r\n", "formulas are texts");
	IS(row("-1", "@SUM(A1)"), "'-1,'@SUM(A1)\r\n", "of every kind");
	IS(row("\t=1", "\r=1"), "\"'\t'=1\",\"'\r'=1\"\r\n", "also behind a blank");
	IS(row("a;=1", "a\n@x"), "\"a;'=1\",\"a\n'@x\"\r\n", "or what parts cells elsewhere");
	IS(row("a;-", "b\t+1"), "\"a;'-\",\"b\t'+1\"\r\n", "of all kinds");
	IS(row("a-b", "a@b.example"), "a-b,a@b.example\r\n", "within a text they are none");
	IS(row("\xEF\xBC\x9D"
	       "1",
	       "\n=1"),
	   "'\xEF\xBC\x9D"
	   "1,\"'\n'=1\"\r\n",
	   "wide ones are the same");
	IS(row("=a,\"b\"", "x"), "\"'=a,\"\"b\"\"\",x\r\n", "within the quotes");
	return tap_done();
}
