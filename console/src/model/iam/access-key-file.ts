/**
 * The file of a new access key, as AWS's console writes it. No field is quoted or guarded: a secret is Base64, without commas or
 * brackets, and a secret that begins with "+" must stay as it is, because nobody sees it again.
 */
export const accessKeyFile = (id: string, secret: string): string =>
  `Access key ID,Secret access key\r\n${id},${secret}\r\n`
