import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'

// An external key store proxy without keys: it answers each Encrypt with the plaintext and the right integrity value. Run as
// `bare-xks-proxy.ts CERTIFICATE KEY`.

const [, , certificate = '', key = ''] = process.argv
const [vector, tag] = [Buffer.alloc(12, 1), Buffer.alloc(16, 2)]

const server = createServer(
  { cert: readFileSync(certificate), key: readFileSync(key), noDelay: true, keepAliveTimeout: 60_000 },
  (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, string>
      const hash = createHash('sha256').update(body['additionalAuthenticatedData'] ?? '', 'base64')
      hash.update(vector).update(body['plaintext'] ?? '', 'base64')
      const answer = JSON.stringify({
        ciphertext: body['plaintext'],
        initializationVector: vector.toString('base64'),
        authenticationTag: tag.toString('base64'),
        ciphertextDataIntegrityValue: hash.update(tag).digest('base64'),
      })
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': answer.length })
      response.end(answer)
    })
  },
)

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`is up at https://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`)
})
