'use strict';

// What watches http: OpenTelemetry's instrumentation and dd-trace. The spans have to be the same over both nets: names, parents,
// attributes and errors.

const assert = require('node:assert');
const path = require('node:path');
const { execFile } = require('node:child_process');

const DD_TRACE = path.join(__dirname, '..', 'workers', 'dd-trace.js');

async function run(ctx) {
  await openTelemetry(ctx);
  await ddTrace(ctx);
}

async function openTelemetry(ctx) {
  const { trace, context } = require('@opentelemetry/api');
  const {
    BasicTracerProvider,
    InMemorySpanExporter,
    SimpleSpanProcessor,
  } = require('@opentelemetry/sdk-trace-base');
  const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
  const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const contextManager = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(contextManager);
  trace.setGlobalTracerProvider(provider);
  const instrumentation = new HttpInstrumentation();
  instrumentation.setTracerProvider(provider);
  // The instrumentation acts when somebody loads http.
  const http = require('http');
  const { plainAgent, request, watchServer } = require('../lib/http-apps');
  const { refusedPort } = require('../lib/ports');

  const server = watchServer(
    ctx,
    http.createServer((incoming, response) => answer(trace, incoming, response)),
  );
  server.listen(0, '127.0.0.1');
  await ctx.once(server, 'listening');
  const where = { host: '127.0.0.1', port: server.address().port, agent: plainAgent(ctx, { maxSockets: 2 }) };
  const tracer = trace.getTracer('e2e');
  const inSpan = (name, action) => tracer.startActiveSpan(name, (span) => action().finally(() => span.end()));

  await inSpan('work', async () => {
    const body = ctx.data(100_000, 'traced');
    const sent = request({ ...where, path: '/echo', method: 'POST' }, body);
    ctx.sameBytes((await sent).body, body, 'a traced body');
  });
  await inSpan('many', () =>
    Promise.all(Array.from({ length: 8 }, (_, i) => request({ ...where, path: `/${i}` }))),
  );
  await inSpan('broken', () => request({ ...where, path: '/broken' }));
  await inSpan('cut', async () => {
    ctx.failure('a traced request: cut', await ctx.rejection(request({ ...where, path: '/cut' }), 'cut'));
  });
  await inSpan('refused', async () => {
    const port = await refusedPort(ctx);
    ctx.failure(
      'a traced request: refused',
      await ctx.rejection(request({ ...where, port, agent: false }), 'refused'),
    );
  });
  ctx.operation(12);
  where.agent.destroy();
  const closed = ctx.once(server, 'close');
  server.close();
  await closed;
  const spans = exporter.getFinishedSpans();
  // Around the requests, of clients, of the server, of its handlers.
  assert.strictEqual(spans.length, 5 + 12 + 11 + 10);
  ctx.note('spans', describe(spans));
  instrumentation.disable();
  contextManager.disable();
}

/** A span of the handler must be below that of its request, and not of another on the same connection. */
function answer(trace, incoming, response) {
  if (incoming.url === '/cut') return incoming.socket.destroy();
  return trace.getTracer('e2e').startActiveSpan(`handler ${incoming.url}`, (span) => {
    response.statusCode = incoming.url === '/broken' ? 500 : 200;
    response.once('close', () => span.end());
    incoming.pipe(response);
  });
}

/** A line a span: its path from the root, status and attributes. */
function describe(spans) {
  const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]));
  const pathOf = (span) => {
    const parent = byId.get(span.parentSpanContext?.spanId);
    const name = span.attributes['http.target']
      ? `${span.name} ${span.attributes['http.target']}`
      : span.name;
    return parent ? `${pathOf(parent)} > ${name}` : name;
  };
  const lines = spans.map((span) => {
    const attributes = JSON.stringify(Object.entries(span.attributes).sort());
    const events = span.events.map(({ name, attributes: { 'exception.type': type } }) => `${name} ${type}`);
    return [pathOf(span), span.kind, JSON.stringify(span.status), attributes, ...events].join(' ');
  });
  return withoutNumbers(lines);
}

/** Ports, and the order in which spans end, differ by run. */
function withoutNumbers(lines) {
  return lines
    .map((line) => line.replace(/\b\d{4,}\b/g, 'N'))
    .sort()
    .join('\n');
}

async function ddTrace(ctx) {
  const output = new Promise((resolve, reject) => {
    execFile(process.execPath, [...process.execArgv, DD_TRACE], { timeout: 30_000 }, (error, stdout) => {
      if (error) reject(error);
      else resolve(stdout);
    });
  });
  const lines = (await ctx.within(output, 'a program with dd-trace')).trim().split('\n').map(JSON.parse);
  const spans = lines.flatMap(({ traces = [] }) => traces).flat();
  const byId = new Map(spans.map((span) => [span.span_id, span]));
  const pathOf = ({ name, parent_id: parent }) =>
    byId.has(parent) ? `${pathOf(byId.get(parent))} > ${name}` : name;
  const texts = spans.map((span) => {
    // What core's listen() asks of dns.lookup(), and so how it is answered, differs by version.
    const isTold = ([key]) => !/^_dd|^runtime-id$|stack$|^dns\.addresses$/.test(key);
    const told = Object.entries(span.meta).filter(isTold).sort();
    return `${pathOf(span)} ${span.resource} ${span.error} ${JSON.stringify(told)}`;
  });
  // Two requests that are answered: the program's span, that of the client and that of the server. Two connects.
  assert.strictEqual(spans.length, 1 + 2 * 3 + 1 + 2, texts.join('\n'));
  ctx.note('spans of dd-trace', withoutNumbers(texts));
  const { kinds } = lines.find((line) => line.kinds);
  assert.deepStrictEqual(kinds, [ctx.impl === 'core' ? 'TCP' : 'TcpHandle']);
  ctx.operation(spans.length);
}

module.exports = { name: 'Tracing of http: OpenTelemetry and dd-trace', run };
