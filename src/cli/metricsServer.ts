import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, PipelineError } from '../errors.js';
import { CONTENT_TYPE, prometheusText } from './prometheus.js';
import type { RunMetrics } from './runMetrics.js';

/** Where metrics are asked for. */
export interface MetricsAddress {
  readonly host: string;
  /** 0 takes one that is free. */
  readonly port: number;
}

export interface MetricsServer {
  readonly url: string;
  close(): void;
}

/** Serves the metrics of a run at `/metrics`, as long as it goes on. @throws PipelineError `badOption` if nobody can listen there */
export async function serveMetrics({ host, port }: MetricsAddress, metrics: RunMetrics): Promise<MetricsServer> {
  const server = createServer((request, response) => answer(request, response, metrics));
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    const problem = isTaken ? `port ${port} of ${host} is taken` : messageOf(error);
    throw new PipelineError('badOption', `--metrics-port: ${problem}`, { cause: error });
  }
  server.unref(); // a run that has ended waits for nobody who asks
  server.on('error', () => {}); // nor does it fail since somebody could not
  const { address, family, port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}/metrics`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer({ method, url = '/' }: IncomingMessage, response: ServerResponse, metrics: RunMetrics): void {
  const [path] = url.split('?');
  if (path !== '/metrics') {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('metrics are at /metrics\n');
  } else if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD', 'Content-Type': 'text/plain' }).end('expected GET\n');
  } else {
    response.writeHead(200, { 'Content-Type': CONTENT_TYPE });
    response.end(method === 'GET' ? prometheusText(metrics) : undefined);
  }
}
