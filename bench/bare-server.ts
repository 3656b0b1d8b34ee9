import { createServer } from 'node:http'

// The yardstick of a request: node:http that parses the same JSON and sends an answer of the same size. The body is a text, so
// that node:http joins it to the head, and both leave in one write. Run as `bare-server.ts BODY_SIZE`.

const answer = JSON.stringify({ filler: 'x'.repeat(Math.max(0, Number(process.argv[2]) - 13)) })

const server = createServer({ noDelay: true }, (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
    JSON.parse(body.toString('utf8'))
    response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.1', 'Content-Length': answer.length })
    response.end(answer)
  })
})

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`is up at http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`)
})
