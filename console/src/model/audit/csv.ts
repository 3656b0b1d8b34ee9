/**
 * A table as CSV (RFC 4180), for people who open it in a spreadsheet: a text that the spreadsheet would take for a formula begins with an
 * apostrophe (OWASP, "CSV injection").
 */
export function toCsv(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, ...rows].map(row => `${row.map(quoted).join(',')}\r\n`).join('')
}

function quoted(text: string): string {
  const guarded = /^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text
  return `"${guarded.replaceAll('"', '""')}"`
}
