/** Encodes every byte of a text that RFC 3986, 2.3 does not call unreserved. */
export function encodeUriPart(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
