import { type AddressInfo, createServer } from 'node:net'
import { Engine, headerLine } from '../src/http/engine/index.ts'

// The engine of the product with the handler of bare-server.ts: it parses the same JSON and sends an answer of the same size. Run
// as `bare-engine-server.ts BODY_SIZE`.

const body = JSON.stringify({ filler: 'x'.repeat(Math.max(0, Number(process.argv[2]) - 13)) })
const reply = { status: 200, headerLines: headerLine('Content-Type', 'application/x-amz-json-1.1'), body }

const engine = new Engine<undefined>({
  take: (exchange, received) => {
    JSON.parse(received.toString('utf8'))
    exchange.answer(reply)
  },
  refuseBody: () => ({ status: 413, headerLines: '', body: '' }),
  refusalHeaderLines: () => '',
  now: () => Date.now(),
})

const server = createServer({ noDelay: true, allowHalfOpen: true }, socket => engine.serve(socket, undefined))

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`is up at http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
