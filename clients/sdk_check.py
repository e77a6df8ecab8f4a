"""Binance's Python SDK, whose models refuse a field of another type than Binance's own."""
from binance_common.errors import BadRequestError
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    ConfigurationRestAPI,
    DerivativesTradingUsdsFutures,
)
from harness import ALICE, REST, check, finish, refused

SYMBOL = 'BTCUSDT'
configuration = ConfigurationRestAPI(api_key=ALICE['api_key'], api_secret=ALICE['secret'], base_path=REST)
api = DerivativesTradingUsdsFutures(config_rest_api=configuration).rest_api


def data(call, **parameters):
    """The answer as its model; a list of models for a list."""
    found = call(**parameters).data()
    return getattr(found, 'actual_instance', found) or found


def far(part):
    return round(float(data(api.mark_price, symbol=SYMBOL).mark_price) * part, 1)


def position():
    return next((row for row in data(api.position_information_v3, symbol=SYMBOL) if float(row.position_amt)), None)


def reading():
    for name in ('check_server_time', 'exchange_information', 'account_information_v2', 'account_information_v3', 'futures_account_balance_v2',
                 'futures_account_balance_v3', 'futures_account_configuration', 'get_current_multi_assets_mode', 'get_current_position_mode',
                 'get_funding_rate_info', 'current_all_open_orders', 'symbol_configuration', 'get_income_history',
                 'notional_and_leverage_brackets', 'adl_risk', 'query_insurance_fund_balance_snapshot'):
        check(name, lambda: data(getattr(api, name)))
    for name in ('order_book', 'recent_trades_list', 'mark_price', 'symbol_order_book_ticker', 'symbol_price_ticker_v2',
                 'ticker24hr_price_change_statistics', 'open_interest', 'get_funding_rate_history', 'user_commission_rate',
                 'compressed_aggregate_trades_list', 'adl_risk'):
        check(f'{name} of a symbol', lambda: data(getattr(api, name), symbol=SYMBOL))
    for name in ('kline_candlestick_data', 'mark_price_kline_candlestick_data', 'premium_index_kline_data'):
        check(name, lambda: data(getattr(api, name), symbol=SYMBOL, interval='1m'))


def trading():
    check('change_margin_type', lambda: data(api.change_margin_type, symbol=SYMBOL, margin_type='ISOLATED'))
    check('change_initial_leverage', lambda: data(api.change_initial_leverage, symbol=SYMBOL, leverage=10), lambda row: row.leverage == 10)
    terms = {'symbol': SYMBOL, 'side': 'BUY', 'type': 'LIMIT', 'time_in_force': 'GTC', 'quantity': 0.01}
    placed = check('new_order limit', lambda: data(api.new_order, **terms, price=far(0.97)), lambda row: row.status == 'NEW')
    check('query_order', lambda: data(api.query_order, symbol=SYMBOL, order_id=placed.order_id), lambda row: row.orig_qty == '0.010')
    check('modify_order', lambda: data(
        api.modify_order, symbol=SYMBOL, side='BUY', quantity=0.02, price=far(0.96), order_id=placed.order_id))
    check('cancel_order', lambda: data(api.cancel_order, symbol=SYMBOL, order_id=placed.order_id), lambda row: row.status == 'CANCELED')
    check('new_order market', lambda: data(
        api.new_order, symbol=SYMBOL, side='BUY', type='MARKET', quantity=0.1, new_order_resp_type='RESULT'),
        lambda row: row.status == 'FILLED')
    check('position_information_v3', position, lambda row: 0 < float(row.liquidation_price) < float(row.mark_price))
    check('position_information_v2', lambda: data(api.position_information_v2, symbol=SYMBOL))
    check('position_adl_quantile_estimation', lambda: data(api.position_adl_quantile_estimation))
    check('modify_isolated_position_margin', lambda: data(api.modify_isolated_position_margin, symbol=SYMBOL, amount=100, type='1'))
    check('get_position_margin_change_history', lambda: data(api.get_position_margin_change_history, symbol=SYMBOL))
    stop = check('new_algo_order', lambda: data(
        api.new_algo_order, algo_type='CONDITIONAL', symbol=SYMBOL, side='SELL', type='STOP_MARKET', trigger_price=far(0.95),
        close_position='true'))
    check('current_all_algo_open_orders', lambda: data(api.current_all_algo_open_orders))
    check('cancel_algo_order', lambda: data(api.cancel_algo_order, algo_id=stop.algo_id))
    check('new_order reduce-only', lambda: data(
        api.new_order, symbol=SYMBOL, side='SELL', type='MARKET', quantity=0.1, reduce_only='true'))
    check('account_trade_list', lambda: data(api.account_trade_list, symbol=SYMBOL), lambda rows: len(rows) >= 2)
    check('all_orders', lambda: data(api.all_orders, symbol=SYMBOL), lambda rows: len(rows) == 3)
    check('get_income_history after trades', lambda: data(api.get_income_history), lambda rows: 'COMMISSION' in {row.income_type for row in rows})
    check('start_user_data_stream', lambda: data(api.start_user_data_stream), lambda found: found.listen_key)
    check('error: insufficient margin', lambda: refused(
        lambda: api.new_order(**{**terms, 'quantity': 100}, price=far(0.97)), BadRequestError, 'Margin is insufficient'))


reading()
trading()
finish('binance-sdk-derivatives-trading-usds-futures 18.0.1')
