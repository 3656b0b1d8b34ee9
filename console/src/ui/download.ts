/** Gives a text to the browser as a file. */
export function downloadText(name: string, text: string): void {
  download(name, new Blob([text], { type: 'text/plain' }))
}

/** Gives bytes to the browser as a file. */
export function downloadBytes(name: string, bytes: Uint8Array): void {
  download(name, new Blob([bytes.slice()], { type: 'application/octet-stream' }))
}

/** The link is of this page's own, so that no other origin is asked. */
function download(name: string, content: Blob): void {
  const url = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
