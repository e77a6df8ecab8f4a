"""NautilusTrader: a trading node with its Binance futures adapter quotes, trades, amends and closes."""
import asyncio
import json
import urllib.request
from decimal import Decimal

from harness import ALICE, REST, WS, check, finish
from nautilus_trader.adapters.binance import (
    BINANCE,
    BinanceAccountType,
    BinanceDataClientConfig,
    BinanceExecClientConfig,
    BinanceLiveDataClientFactory,
    BinanceLiveExecClientFactory,
)
from nautilus_trader.adapters.binance.common.symbol import BinanceSymbol
from nautilus_trader.adapters.binance.futures.enums import BinanceFuturesMarginType
from nautilus_trader.config import InstrumentProviderConfig, LoggingConfig, StrategyConfig, TradingNodeConfig
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.enums import BookType, OrderSide, OrderStatus
from nautilus_trader.model.identifiers import InstrumentId, TraderId
from nautilus_trader.trading.strategy import Strategy

INSTRUMENT = InstrumentId.from_str('BTCUSDT-PERP.BINANCE')


class Probe(Strategy):
    """Notes what the exchange tells it."""

    def __init__(self):
        super().__init__(StrategyConfig(order_id_tag='001'))
        self.seen = {}

    def on_start(self):
        self.subscribe_quote_ticks(INSTRUMENT)
        self.subscribe_trade_ticks(INSTRUMENT)
        self.subscribe_mark_prices(INSTRUMENT)
        self.subscribe_order_book_deltas(INSTRUMENT, book_type=BookType.L2_MBP)

    def on_quote_tick(self, tick):
        self.seen['quote'] = tick

    def on_trade_tick(self, tick):
        self.seen['trade'] = tick

    def on_mark_price(self, mark):
        self.seen['mark'] = mark

    def on_order_book_deltas(self, deltas):
        self.seen['book'] = deltas

    def order(self, side, quantity, price=None):
        instrument = self.cache.instrument(INSTRUMENT)
        common = {'instrument_id': INSTRUMENT, 'order_side': side, 'quantity': instrument.make_qty(quantity)}
        if price is None:
            made = self.order_factory.market(**common)
        else:
            made = self.order_factory.limit(**common, price=instrument.make_price(price))
        self.submit_order(made)
        return made


def node():
    """A node for alice that trades BTCUSDT isolated at 20x."""
    symbol = BinanceSymbol('BTCUSDT')
    connection = {
        'api_key': ALICE['api_key'],
        'api_secret': ALICE['secret'],
        'account_type': BinanceAccountType.USDT_FUTURES,
        'base_url_http': REST,
        'base_url_ws': WS,
        'instrument_provider': InstrumentProviderConfig(load_all=True),
    }
    # Newer releases take the address of the WebSocket API there, and that of the streams apart.
    routed = {'base_url_ws': f'{WS}/ws-fapi/v1', 'base_url_ws_stream': WS}
    knows_routes = 'base_url_ws_stream' in BinanceExecClientConfig.__struct_fields__
    settings = {'futures_leverages': {symbol: 20}, 'futures_margin_types': {symbol: BinanceFuturesMarginType.ISOLATED}}
    execution = BinanceExecClientConfig(**{**connection, **settings, **(routed if knows_routes else {})})
    config = TradingNodeConfig(
        trader_id=TraderId('CHECK-001'),
        logging=LoggingConfig(log_level='WARNING'),
        data_clients={BINANCE: BinanceDataClientConfig(**connection)},
        exec_clients={BINANCE: execution},
        timeout_connection=30.0,
    )
    made = TradingNode(config=config)
    made.add_data_client_factory(BINANCE, BinanceLiveDataClientFactory)
    made.add_exec_client_factory(BINANCE, BinanceLiveExecClientFactory)
    return made


async def until(happens, seconds=15):
    """Waits until it happens."""
    for _ in range(seconds * 20):
        if happens():
            return happens()
        await asyncio.sleep(0.05)
    raise AssertionError('not in time')


async def main():
    trading = node()
    probe = Probe()
    trading.trader.add_strategy(probe)
    trading.build()
    running = asyncio.create_task(trading.run_async())

    async def step(name, waited):
        try:
            answer, failed = await waited, None
        except AssertionError as error:
            answer, failed = None, error

        def told():
            if failed is not None:
                raise failed
            return answer

        check(name, told, bool)

    await step('the node connects and reconciles', until(lambda: probe.is_running, 40))
    for kind in ('quote', 'book', 'mark'):
        await step(f'stream: {kind}', until(lambda kind=kind: probe.seen.get(kind)))
    bought = probe.order(OrderSide.BUY, Decimal('0.01'))
    await step('market order fills', until(lambda: bought.status == OrderStatus.FILLED))
    await step('stream: trade', until(lambda: probe.seen.get('trade')))
    await step('position opened', until(lambda: probe.cache.positions_open(instrument_id=INSTRUMENT)))
    resting = probe.order(OrderSide.BUY, Decimal('0.01'), price=60000)
    await step('limit order rests', until(lambda: resting.status == OrderStatus.ACCEPTED))
    probe.modify_order(resting, price=probe.cache.instrument(INSTRUMENT).make_price(60100))
    await step('limit order is amended', until(lambda: resting.price == Decimal('60100')))
    probe.cancel_order(resting)
    await step('limit order is cancelled', until(lambda: resting.status == OrderStatus.CANCELED))
    refused = probe.order(OrderSide.BUY, Decimal('100'), price=60000)
    await step('an order without funds is rejected', until(lambda: refused.status == OrderStatus.REJECTED))
    probe.close_all_positions(INSTRUMENT)
    await step('position closed', until(lambda: not probe.cache.positions_open(instrument_id=INSTRUMENT)))
    with urllib.request.urlopen(f'{REST}/local/v1/audit', timeout=5) as answer:
        audit = json.load(answer)
    check('the audit finds no difference', lambda: audit, lambda audit: '"difference":"0"' in json.dumps(audit, separators=(',', ':')))
    await trading.stop_async()
    await running


asyncio.run(main())
finish('NautilusTrader')
