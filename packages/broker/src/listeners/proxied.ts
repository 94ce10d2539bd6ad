/**
 * Connections that come through a proxy: which proxies are believed, and their header taken off a socket before
 * anything else reads it. What the header says stands in `proxy-header.ts`.
 */
import { BlockList, isIP, type Socket } from 'node:net';
import { ListenerFault, type ProxyProtocol } from './listener.ts';
import { type ProxyHeader, ProxyHeaderReader } from './proxy-header.ts';

/** Whether an address is one of the proxies. */
export type Trust = (address: string | undefined) => boolean;

/** Reads `from`; on a Unix socket whoever may open its file is a proxy. @throws {ListenerFault} */
export function trusted({ from }: ProxyProtocol, isUnix: boolean): Trust {
  if (!Array.isArray(from) || from.length === 0) {
    throw new ListenerFault('proxyProtocol.from must list the addresses of your proxies');
  }
  if (isUnix !== from.includes('unix') || (isUnix && from.length > 1)) {
    throw new ListenerFault("proxyProtocol.from must be ['unix'] on a Unix socket, and addresses elsewhere");
  }
  if (isUnix) return () => true;
  const list = new BlockList();
  for (const entry of from) add(list, entry);
  return (address = '') => {
    const plain = address.replace(/%.*$/, '');
    return isIP(plain) !== 0 && list.check(plain, isIP(plain) === 4 ? 'ipv4' : 'ipv6');
  };
}

function add(list: BlockList, entry: string): void {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  const bits = prefix === undefined ? most : Number(prefix);
  if (version === 0 || address.includes('%') || bits > most) {
    throw new ListenerFault(
      `proxyProtocol.from: ${JSON.stringify(entry)} is neither an address nor a network`,
    );
  }
  list.addSubnet(address, bits, version === 4 ? 'ipv4' : 'ipv6');
}

/** Takes the header off `socket`; what came behind it is put back. One of the two is called, once, if the socket lives. */
export function takeProxyHeader(
  socket: Socket,
  taken: (source: string | undefined) => void,
  refused: () => void,
): void {
  const reader = new ProxyHeaderReader();
  const ended = (): void => {
    socket.destroy();
  };
  const stop = (): void => {
    socket.off('readable', readable);
    socket.off('end', ended);
  };
  const readable = (): void => {
    let header: ProxyHeader | undefined;
    try {
      for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
        header = reader.push(chunk);
        if (header !== undefined) break;
      }
    } catch {
      stop();
      refused();
      return;
    }
    if (header === undefined) return;
    stop();
    if (header.rest.length > 0) socket.unshift(header.rest);
    taken(header.source);
  };
  socket.on('readable', readable);
  socket.on('end', ended);
}
