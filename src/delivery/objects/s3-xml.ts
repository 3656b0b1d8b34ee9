/** The little of S3's XML that Keyward reads (Amazon S3 API Reference, "ListObjects" and "Error responses"). */

/** A page of a listing. */
export interface ListedPage {
  readonly keys: readonly string[]
  readonly isTruncated: boolean
}

/** Reads a ListBucketResult, whose keys are URL-encoded because the request asked for that. */
export function readListing(xml: string): ListedPage {
  const keys = Array.from(xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g), ([, entry = '']) =>
    decodeURIComponent(unescapeXml(textOf(entry, 'Key') ?? '').replaceAll('+', ' ')),
  )
  return { keys, isTruncated: textOf(xml, 'IsTruncated') === 'true' }
}

/** An upload that was created, and neither completed nor aborted. */
export interface ListedUpload {
  readonly key: string
  readonly uploadId: string
}

/** Reads a ListMultipartUploadsResult, whose keys are URL-encoded because the request asked for that. */
export function readUploads(xml: string): readonly ListedUpload[] {
  return Array.from(xml.matchAll(/<Upload>([\s\S]*?)<\/Upload>/g), ([, entry = '']) => ({
    key: decodeURIComponent(unescapeXml(textOf(entry, 'Key') ?? '').replaceAll('+', ' ')),
    uploadId: unescapeXml(textOf(entry, 'UploadId') ?? ''),
  }))
}

/** Reads the id of an upload from an InitiateMultipartUploadResult; undefined for any other text. */
export function readUploadId(xml: string): string | undefined {
  const uploadId = textOf(xml, 'UploadId')
  return uploadId === undefined ? undefined : unescapeXml(uploadId)
}

/** Renders a CompleteMultipartUpload; `etags` are those of the parts, the first of which has the number 1. */
export function renderComplete(etags: readonly string[]): string {
  const escaped = (text: string) =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const parts = etags.map(
    (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escaped(etag)}</ETag></Part>`,
  )
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`
}

/** Reads the code and the message of an error; undefined members if the text is none. */
export function readError(xml: string): {
  readonly code: string | undefined
  readonly message: string | undefined
} {
  const message = textOf(xml, 'Message')
  return { code: textOf(xml, 'Code'), message: message === undefined ? undefined : unescapeXml(message) }
}

function textOf(xml: string, element: string): string | undefined {
  return new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1]
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function unescapeXml(text: string): string {
  return text.replaceAll(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(lt|gt|amp|quot|apos));/gi,
    (whole, decimal, hex, name) => {
      if (name !== undefined) return entities[name as string] ?? whole
      const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal)
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    },
  )
}
