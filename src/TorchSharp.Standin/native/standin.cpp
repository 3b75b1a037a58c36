// The native side of the TorchSharp stand-in: calls libtorch's operators by name through its boxed dispatcher, so that one
// function serves all of them, and adds the few things that are not operators. Written against what libtorch 1.13 and 2.x share.
//
// Conventions: a tensor handle is an owned TensorImpl pointer (null: an undefined tensor); every function that can fail returns
// -1 or null and leaves the message in last_error(); no C++ exception crosses the border.
#include <torch/version.h>
#if TORCH_VERSION_MAJOR * 100 + TORCH_VERSION_MINOR < 113
#error "libtorch is too old: the stand-in needs version 1.13 or later"
#endif
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>

#include <string>
#include <vector>

#define API extern "C" __attribute__((visibility("default")))

namespace {

using Impl = c10::TensorImpl;
using ImplPtr = c10::intrusive_ptr<Impl, c10::UndefinedTensorImpl>;

enum Tag : int64_t { None, TensorTag, Int, Double, Bool, IntList, DoubleList, TensorList, String, Device, GeneratorTag };

// One tagged argument or result; lists are a pointer and a count, a device is its type (count) and its index (i).
struct Value {
    int64_t tag;
    int64_t count;
    union {
        int64_t i;
        double d;
        const void* p;
    };
};

struct Operator {
    c10::OperatorHandle handle;
    const c10::FunctionSchema* schema;
};

thread_local std::string error;
thread_local std::vector<Value> results;

at::Tensor borrow(const void* p) {
    return p ? at::Tensor(ImplPtr::reclaim_copy(const_cast<Impl*>(static_cast<const Impl*>(p)))) : at::Tensor();
}

Impl* release(at::Tensor t) { return t.defined() ? t.unsafeReleaseTensorImpl() : nullptr; }

template <typename F, typename R>
R guarded(R failed, F body) {
    try {
        return body();
    } catch (const c10::Error& e) {
        error = e.what_without_backtrace();
    } catch (const std::exception& e) {
        error = e.what();
    } catch (...) {
        error = "unknown native error";
    }
    return failed;
}

c10::IValue to_ivalue(const Value& v) {
    switch (v.tag) {
        case TensorTag: return v.p ? c10::IValue(borrow(v.p)) : c10::IValue();
        case Int: return v.i;
        case Double: return v.d;
        case Bool: return v.i != 0;
        case IntList: return at::IntArrayRef(static_cast<const int64_t*>(v.p), v.count);
        case DoubleList: return at::ArrayRef<double>(static_cast<const double*>(v.p), v.count);
        case String: return std::string(static_cast<const char*>(v.p), v.count);
        case Device: return c10::Device(static_cast<c10::DeviceType>(v.count), static_cast<c10::DeviceIndex>(v.i));
        case GeneratorTag: return *static_cast<const at::Generator*>(v.p);
        case TensorList: {
            c10::List<at::Tensor> list;
            for (int64_t k = 0; k < v.count; k++) list.push_back(borrow(static_cast<void* const*>(v.p)[k]));
            return list;
        }
        default: return c10::IValue();
    }
}

Value tensor_value(at::Tensor t) {
    Value v{TensorTag, 1, {}};
    v.p = release(std::move(t));
    return v;
}

void add_result(c10::IValue value) {
    Value v{None, 1, {}};
    if (value.isTensor()) {
        v = tensor_value(std::move(value).toTensor());
    } else if (value.isTensorList()) {
        for (const at::Tensor t : value.toTensorVector()) results.push_back(tensor_value(t));
        return;
    } else if (value.isDouble()) {
        v.tag = Double, v.d = value.toDouble();
    } else if (value.isInt()) {
        v.tag = Int, v.i = value.toInt();
    } else if (value.isBool()) {
        v.tag = Bool, v.i = value.toBool();
    } else if (!value.isNone()) {
        throw std::runtime_error("the stand-in cannot return a " + value.tagKind());
    }
    results.push_back(v);
}

}  // namespace

API const char* standin_last_error() { return error.c_str(); }
API const char* standin_version() { return TORCH_VERSION; }

// ---- operators ----

API Operator* standin_find(const char* name, const char* overload) {
    return guarded(static_cast<Operator*>(nullptr), [&] {
        auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
        return new Operator{handle, &handle.schema()};
    });
}

// Runs an operator; arguments that are not given take the schema's defaults. Returns the number of results, which stay
// at *out until this thread's next call, or -1.
API int64_t standin_call(const Operator* op, const Value* args, int64_t count, const Value** out) {
    return guarded(int64_t(-1), [&] {
        const auto& expected = op->schema->arguments();
        c10::Stack stack;
        stack.reserve(expected.size());
        for (int64_t k = 0; k < count; k++) stack.push_back(to_ivalue(args[k]));
        for (size_t k = count; k < expected.size(); k++) {
            const auto& fallback = expected[k].default_value();
            TORCH_CHECK(fallback.has_value(), op->schema->name(), ": argument '", expected[k].name(), "' is missing");
            stack.push_back(*fallback);
        }
        op->handle.callBoxed(&stack);
        results.clear();
        for (auto& value : stack) add_result(std::move(value));
        *out = results.data();
        return static_cast<int64_t>(results.size());
    });
}

// ---- tensors ----

API void standin_free(Impl* t) {
    guarded(0, [&] { return ImplPtr::reclaim(t), 0; });
}

API int64_t standin_dim(const Impl* t) { return guarded(int64_t(-1), [&] { return borrow(t).dim(); }); }
API int64_t standin_numel(const Impl* t) { return guarded(int64_t(-1), [&] { return borrow(t).numel(); }); }
API int64_t standin_element_size(const Impl* t) { return guarded(int64_t(-1), [&] { return int64_t(borrow(t).element_size()); }); }
API int64_t standin_dtype(const Impl* t) { return guarded(int64_t(-1), [&] { return int64_t(borrow(t).scalar_type()); }); }
API int64_t standin_device_type(const Impl* t) { return guarded(int64_t(-1), [&] { return int64_t(borrow(t).device().type()); }); }
API int64_t standin_device_index(const Impl* t) { return guarded(int64_t(-2), [&] { return int64_t(borrow(t).device().index()); }); }
API void* standin_data(const Impl* t) { return guarded(static_cast<void*>(nullptr), [&] { return borrow(t).data_ptr(); }); }

API int64_t standin_sizes(const Impl* t, int64_t* out) {
    return guarded(int64_t(-1), [&] {
        auto sizes = borrow(t).sizes().vec();
        std::copy(sizes.begin(), sizes.end(), out);
        return int64_t(sizes.size());
    });
}

API int64_t standin_strides(const Impl* t, int64_t* out) {
    return guarded(int64_t(-1), [&] {
        auto strides = borrow(t).strides().vec();
        std::copy(strides.begin(), strides.end(), out);
        return int64_t(strides.size());
    });
}

API int64_t standin_is_contiguous(const Impl* t) { return guarded(int64_t(-1), [&] { return int64_t(borrow(t).is_contiguous()); }); }

// ---- autograd ----

API int64_t standin_requires_grad(const Impl* t) { return guarded(int64_t(-1), [&] { return int64_t(borrow(t).requires_grad()); }); }
API int64_t standin_is_leaf(const Impl* t) { return guarded(int64_t(-1), [&] { return int64_t(borrow(t).is_leaf()); }); }
API int64_t standin_set_requires_grad(const Impl* t, int64_t on) {
    return guarded(int64_t(-1), [&] { return borrow(t).set_requires_grad(on != 0), int64_t(0); });
}

// The gradient, or null: either there is none (0) or reading it failed (-1 in *status).
API Impl* standin_grad(const Impl* t, int64_t* status) {
    *status = 0;
    return guarded((*status = -1, static_cast<Impl*>(nullptr)), [&] {
        auto grad = release(borrow(t).grad());
        *status = 0;
        return grad;
    });
}

API int64_t standin_set_grad(const Impl* t, const Impl* grad) {
    return guarded(int64_t(-1), [&] { return borrow(t).mutable_grad() = borrow(grad), int64_t(0); });
}

API int64_t standin_backward(const Impl* t, const Impl* grad, int64_t retain_graph, int64_t create_graph) {
    return guarded(int64_t(-1), [&] {
        borrow(t).backward(borrow(grad), retain_graph != 0, create_graph != 0);
        return int64_t(0);
    });
}

API int64_t standin_grad_enabled() { return c10::GradMode::is_enabled(); }
API void standin_set_grad_enabled(int64_t on) { c10::GradMode::set_enabled(on != 0); }
API void* standin_inference_begin(int64_t on) { return guarded(static_cast<void*>(nullptr), [&] { return static_cast<void*>(new c10::InferenceMode(on != 0)); }); }
API void standin_inference_end(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }
API int64_t standin_inference_enabled() { return c10::InferenceMode::is_enabled(); }

// ---- random numbers ----

API int64_t standin_manual_seed(int64_t seed) {
    return guarded(int64_t(-1), [&] { return at::manual_seed(static_cast<uint64_t>(seed)), int64_t(0); });
}

API at::Generator* standin_default_generator() {
    return guarded(static_cast<at::Generator*>(nullptr), [&] { return new at::Generator(at::detail::getDefaultCPUGenerator()); });
}

API at::Generator* standin_new_generator(uint64_t seed) {
    return guarded(static_cast<at::Generator*>(nullptr), [&] { return new at::Generator(at::detail::createCPUGenerator(seed)); });
}

API void standin_free_generator(at::Generator* g) { delete g; }

API int64_t standin_generator_seed(at::Generator* g, uint64_t seed) {
    return guarded(int64_t(-1), [&] {
        std::lock_guard<std::mutex> lock(g->mutex());
        return g->set_current_seed(seed), int64_t(0);
    });
}

API uint64_t standin_generator_initial_seed(at::Generator* g) { return guarded(uint64_t(0), [&] { return g->current_seed(); }); }

API Impl* standin_generator_state(at::Generator* g) {
    return guarded(static_cast<Impl*>(nullptr), [&] {
        std::lock_guard<std::mutex> lock(g->mutex());
        return release(g->get_state());
    });
}

API int64_t standin_set_generator_state(at::Generator* g, const Impl* state) {
    return guarded(int64_t(-1), [&] {
        std::lock_guard<std::mutex> lock(g->mutex());
        return g->set_state(borrow(state)), int64_t(0);
    });
}

// ---- the machine ----

// OpenBLAS keeps a thread count of its own, which at::set_num_threads does not reach; MKL's, in the package's libtorch, it does.
extern "C" void openblas_set_num_threads(int) __attribute__((weak));

API int64_t standin_threads() { return at::get_num_threads(); }
API int64_t standin_set_threads(int64_t n) {
    return guarded(int64_t(-1), [&] {
        at::set_num_threads(int(n));
        if (openblas_set_num_threads) openblas_set_num_threads(int(n));
        return int64_t(0);
    });
}
API int64_t standin_cuda_available() { return guarded(int64_t(0), [&] { return int64_t(at::hasCUDA()); }); }
API int64_t standin_cuda_devices() {
    return guarded(int64_t(0), [&] { return at::hasCUDA() ? int64_t(at::detail::getCUDAHooks().getNumGPUs()) : int64_t(0); });
}
